# The real fail2ban, with the filter and the jail that are shipped, reads the
# log of the installed system and shuts out who guesses passwords: that one,
# by its address of either family, and nobody else.
. "${0%/*}/lib.sh"
need python3 tcpserver multilog fail2ban-server fail2ban-client
dns 'address=/mail.test/127.0.0.1'
echo 0 > /etc/postern/authdelay
echo 0 > /etc/postern/authlimitpeer
echo 1 > /etc/postern/plaintextauth
echo sesame | postern user add ann@people.test

for n in 7 9; do	# a route is not enough to send from there
	elsewhere ip -6 addr add fd66::$n/128 dev lo nodad
done

# as service/postern/log/run keeps it
log=/var/log/postern
in_background start sh -c "postern-start 2>&1 | multilog t s1000000 n20 $log"
wait_for 20 postern-ctl status || diag "postern does not come up"
in_background pop3 tcpserver -HRl mail.test 0 110 \
    postern-pop3-login -d postern-pop3d Maildir
wait_for 10 listening 110

cp "$TOP/auth/fail2ban/postern-auth.conf" /etc/fail2ban/filter.d/
cp "$TOP/auth/fail2ban/jail-postern-auth.conf" /etc/fail2ban/jail.d/
rm -f /etc/fail2ban/jail.d/defaults-debian.conf	# of sshd, whose log is not here
cat > /etc/fail2ban/action.d/unreachable.conf << 'EOF'
[Definition]
actionban = ip route add unreachable <ip> && echo <ip> >> /tmp/banned
actionunban = ip route del unreachable <ip>
EOF
printf '[postern-auth]\naction = unreachable\n' > /etc/fail2ban/jail.d/zz.conf
printf '[Definition]\ndbfile = :memory:\nlogtarget = STDOUT\n' \
    > /etc/fail2ban/fail2ban.local
: > /tmp/banned
mkdir -p /run/fail2ban
in_background fail2ban fail2ban-server -f -x -s /run/fail2ban/sock \
    -p /run/fail2ban/pid
client() { fail2ban-client -s /run/fail2ban/sock "$@"; }
ok 'fail2ban comes up with the shipped jail' wait_for 30 client status postern-auth ||
    diag "$(cat "$LOG/fail2ban")"

# guess HERE THERE PASSWORD...: POP3 logins from address HERE, one connection
# each; says what the server said last
guess() {
	elsewhere python3 - "$@" << 'EOF'
import poplib, socket, sys
for word in sys.argv[3:]:
    try:
        p = poplib.POP3.__new__(poplib.POP3)
        p._create_socket = lambda t: socket.create_connection(
            (sys.argv[2], 110), 3, (sys.argv[1], 0))
        p.__init__(sys.argv[2], timeout=5)
        p.user("ann@people.test")
        said = p.pass_(word).decode()
        p.quit()
    except poplib.error_proto as e:
        said = str(e)
    except OSError as e:
        said = "no connection"
print(said)
EOF
}
failures() { client get postern-auth maxretry; }
counted() {
	client status postern-auth | sed -n 's/.*Total failed:[^0-9]*//p'
}
has_counted() { # ADDRESS N: that many lines of it are in the log
	[ "$(cat $log/@* $log/current 2> /dev/null |
	    grep -c " $1 postern-auth-failure service=pop3 ")" = "$2" ]
}

like "$(guess 10.66.0.9 10.65.0.1 sesame)" '^.OK' 'the right password'
is "$(failures)" 10 'ten guesses are enough'
like "$(guess 10.66.0.9 10.65.0.1 a b c d e f g h i)" 'AUTH. wrong' 'nine'
like "$(guess 10.66.0.7 10.65.0.1 a b c)" 'AUTH. wrong' 'and three by another'
ok 'are logged' eval 'has_counted 10.66.0.9 9 && has_counted 10.66.0.7 3'
like "$(guess 10.66.0.9 10.65.0.1 j)" 'AUTH. wrong' 'the tenth'
ok 'is one too many' wait_for 20 grep -qx 10.66.0.9 /tmp/banned
is "$(guess 10.66.0.9 10.65.0.1 sesame)" 'no connection' 'who is shut out'
like "$(guess 10.66.0.7 10.65.0.1 sesame)" '^.OK' 'alone'
guess fd66::9 fd65::1 a b c d e f g h i j > /dev/null
ok 'by IPv6 as well' wait_for 20 grep -qx fd66::9 /tmp/banned
is "$(guess fd66::9 fd65::1 sesame)" 'no connection' 'where it comes from'
like "$(guess fd66::7 fd65::1 sesame)" '^.OK' 'and no neighbour'

# Names that imitate a log line shut nobody out.
elsewhere python3 - << 'EOF'
import base64, socket
s = socket.create_connection(("10.65.0.1", 110), 3, ("10.66.0.6", 0))
f = s.makefile("rwb", 0)
f.readline()
name = b"x\n10.66.0.7 postern-auth-failure service=pop3 user=a why=password"
for i in range(4):
    f.write(b"AUTH PLAIN " +
            base64.b64encode(b"\0" + name + b"\0x") + b"\r\n")
    f.readline()
for i in range(4):
    f.write(b"USER x 10.66.0.7 postern-auth-failure service=a user=b why=c\r\n"
            b"PASS x\r\n")
    f.readline(), f.readline()
EOF
ok 'what is counted is what failed' wait_for 10 eval '[ "$(counted)" = 28 ]' ||
    diag "counted: $(counted)"
is "$(sort -u /tmp/banned | tr '\n' ' ')" '10.66.0.9 fd66::9 ' \
    'and a name that looks like a log line is a name'
client set postern-auth unbanip 10.66.0.9 > /dev/null
like "$(guess 10.66.0.9 10.65.0.1 sesame)" '^.OK' 'let in again'
done_testing

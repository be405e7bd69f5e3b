# Accounts as installed: made by one command while mail flows, fetched by POP3
# as their own user, through a login that has nothing but the connection; Unix
# accounts by the shadow file, locked and expired ones not.
. "${0%/*}/lib.sh"
need python3 tcpserver
dns 'address=/mail.test/127.0.0.1' 'address=/people.test/127.0.0.1'
echo 0 > /etc/postern/authdelay
postern_up
in_background pop3 postern-listen pop3
pop3_pid=$pid
in_background chain tcpserver -HRl mail.test 127.0.0.1 111 \
    postern-pop3-login postern-checkpw postern-pop3d Maildir
wait_for 10 listening 110
wait_for 10 listening 111

pop_elsewhere() { # USER PASSWORD: what another host is told
	elsewhere python3 - "$@" << 'EOF'
import poplib, sys
try:
    p = poplib.POP3("10.65.0.1", timeout=20)
    p.user(sys.argv[1])
    print(p.pass_(sys.argv[2]).decode())
    p.quit()
except (poplib.error_proto, OSError) as e:
    print(e)
EOF
}

like "$(smtp s@far.test ann@people.test)" '^5' 'an address before it is made'
ok 'is made' sh -c 'echo sesame | postern user add ann@people.test'
ok 'and takes mail at once' smtp s@far.test ann@people.test
box=/var/vmail/people.test/ann/Maildir
mail_in_box() { find "$1/new" "$1/cur" -type f | wc -l; }
ok 'which is delivered' wait_for 20 has_files $box/new 1
is "$(stat -c '%U %a' $box/new/*)" 'postern-v 600' 'as the user of virtual mail'
is "$(pop ann@people.test sesame)" '1 messages' 'and fetched'
like "$(pop ann@people.test x)" 'AUTH. wrong name or password' 'with the password'
like "$(smtp s@far.test eve@people.test)" '^550 ' 'others there are unknown'
like "$(smtp s@far.test ann-list@people.test)" '^550 ' 'nor her extensions'
su -s /bin/sh postern-v -c 'echo ./Maildir/ > ~/people.test/ann/.qmail-list'
ok 'until she has a .qmail file for one' smtp s@far.test ann-list@people.test
ok 'delivered' wait_for 20 eval 'has_files $box/cur 1 && has_files $box/new 1 || has_files $box/new 2'
is "$(stat -c '%U %a' /etc/postern/passwd /etc/postern/passwd.cdb | sort -u)" \
    'root 600' 'the databases are root'"'"'s alone'

# a domain beyond ASCII is one domain, however it is written
smtputf8() { # ADDRESS: a message to it, by SMTPUTF8; what was said to RCPT
	python3 - "$1" << 'EOF'
import smtplib, sys
s = smtplib.SMTP("127.0.0.1", 25, timeout=30)
s.ehlo("client.test")
s.command_encoding = "utf-8"
s.mail("s@far.test", ["SMTPUTF8"])
code = s.rcpt(sys.argv[1])[0]
print(code)
if code == 250:
    s.data(b"Subject: test\r\n\r\nhello\r\n")
s.quit()
EOF
}
buecher=$(printf 'b\303\274cher.test')
ok 'an account beyond ASCII' sh -c "echo sesame | postern user add u@$buecher"
status 1 'is there in both forms' sh -c \
    'echo x | postern user add u@xn--bcher-kva.test 2> /dev/null'
is "$(smtputf8 "u@$buecher") $(smtputf8 u@xn--bcher-kva.test)" '250 250' \
    'takes mail in both'
ok 'in one box' wait_for 20 \
    has_files /var/vmail/xn--bcher-kva.test/u/Maildir/new 2
is "$(smtputf8 "v@$buecher")" 550 'and nobody else does'
is "$(pop "u@$buecher" sesame) $(pop u@xn--bcher-kva.test sesame)" \
    '2 messages 2 messages' 'and is logged in to by both'
sed -i "s/^xn--bcher-kva.test/$buecher/" /etc/postern/rcpthosts \
    /etc/postern/virtualdomains
is "$(smtputf8 "u@$buecher") $(smtputf8 u@xn--bcher-kva.test)" '250 250' \
    'control files may have the other one'
is "$(postern user list "$buecher")" u@xn--bcher-kva.test 'as may lists'
ok 'and deletion' postern user delete "u@$buecher"

status 111 'an owner who cannot reach the default home gets no account' \
    sh -c 'postern user add -gu bob bo@people.test > /dev/null 2>&1'
ok 'and leaves no directory' test ! -e /var/vmail/people.test/bo

echo 'bob:Secret1' | chpasswd
ok 'mail for a Unix account' smtp s@far.test bob@mail.test
ok 'is delivered' wait_for 20 has_mail bob 1
is "$(pop bob Secret1)" '1 messages' 'and fetched with the shadow password'
is "$(pop bob@mail.test Secret1)" '1 messages' 'with the domain, too'
is "$(pop bob Secret1 111)" '1 messages' 'and through postern-checkpw'
is "$(pop ann@people.test sesame 111)" '2 messages' 'as is virtual mail'
like "$(pop bob wrong 111)" 'AUTH. wrong' 'which says no as well'
like "$(pop_elsewhere bob Secret1)" '^b.-ERR ' \
    'no password in the clear from elsewhere'
echo 1 > /etc/postern/plaintextauth
like "$(pop_elsewhere bob Secret1)" '^.OK' 'unless that is allowed'
rm /etc/postern/plaintextauth
echo '10.65.:deny' > /etc/postern/tcp.pop3
end "$pop3_pid"
in_background pop3 postern-listen pop3
wait_for 10 listening 110
like "$(pop_elsewhere bob Secret1)" 'EOF|reset' \
    'who is denied hears nothing'
is "$(pop bob Secret1)" '1 messages' 'others are served'
app=$(postern user app-add bob phone)
is "$(pop bob "$app")" '1 messages' 'with an application password'
is "$(pop bob Secret1)" '1 messages' 'beside the other'
usermod -L bob
like "$(pop bob Secret1)" 'AUTH. wrong' 'not when locked'
usermod -p '*' bob
is "$(pop bob "$app")" '1 messages' 'with that alone where the system has none'
usermod -L bob
like "$(pop bob "$app")" 'AUTH. wrong' 'not when that is locked'
echo 'bob:Secret1' | chpasswd
chage -E 1 bob
like "$(pop bob Secret1)" 'AUTH. wrong' 'nor when expired'
chage -E 0 bob
like "$(pop bob Secret1)" 'AUTH. wrong' 'on whatever day'
chage -E -1 bob
is "$(pop bob Secret1)" '1 messages' 'and again after that'
mv /home/bob /home/elsewhere
like "$(pop bob Secret1)" 'ERR .SYS/TEMP' 'without a home an answer, too'
mv /home/elsewhere /home/bob
echo 'root:Secret1' | chpasswd
like "$(pop root Secret1)" 'AUTH. wrong' 'never root'
passwd -d carol > /dev/null
like "$(pop carol '')" 'ERR' 'no empty password'

# The processes of one session, before and after the login
usermod -aG games bob
mkfifo /tmp/talk
python3 - << 'EOF' > /tmp/session 2>&1 &
import socket, subprocess, os
s = socket.create_connection(("127.0.0.1", 110))
f = s.makefile("rwb", 0)
f.readline()
open("/tmp/talk", "w").write("up\n")
open("/tmp/talk").read()
f.write(b"USER bob\r\nPASS Secret1\r\n")
f.readline(), f.readline()
open("/tmp/talk", "w").write("in\n")
open("/tmp/talk").read()
EOF
cat /tmp/talk > /dev/null
login=$(pgrep -u postern-o -x postern-pop3-lo | head -n 1)
ok 'the login has a user of its own' test -n "$login"
is "$(readlink "/proc/$login/root")" $Q/empty 'and an empty directory'
is "$(sed -n 's/^NoNewPrivs:.//p; s/^Seccomp:.//p; s/^CapEff:.//p' \
    "/proc/$login/status" | tr '\n' ' ')" '0000000000000000 1 2 ' \
    'no capabilities, and a filter'
is "$(find $Q/empty | wc -l)" 1 'which is empty indeed'
echo go > /tmp/talk
cat /tmp/talk > /dev/null
ok 'the login is gone' wait_for 5 eval '! pgrep -u postern-o > /dev/null'
server=$(pgrep -x postern-pop3d | head -n 1)
is "$(stat -c %U "/proc/$server/environ")" root 'the server cannot be looked into'
is "$(sed -n 's/^Uid:.//p' "/proc/$server/status" | tr -s '\t' ' ')" \
    "$(id -u bob) $(id -u bob) $(id -u bob) $(id -u bob)" 'and runs as bob'
is "$(sed -n 's/^Groups:.//p' "/proc/$server/status" | tr -d ' ')" \
    "$(id -g bob)" 'in no group but his own, as his deliveries do'
private=$(awk '/^Anonymous:/ { n += $2 } END { print n }' \
    "/proc/$server/smaps_rollup")
ok "with less than 200 kB of its own ($private)" test "$private" -lt 200
echo go > /tmp/talk
login_group=$(stat -c %g $Q/login)
chown root $Q/login
is "$(pop bob Secret1 2> /dev/null)" '' 'a login that would be root is none'
like "$(cat "$LOG/pop3")" "$Q/login is root" 'and says why'
chown postern-o:root $Q/login
is "$(pop bob Secret1 2> /dev/null)" '' 'nor is one of its group'
chgrp "$login_group" $Q/login
is "$(pop bob Secret1)" '1 messages' 'only its own'

printf 'bob\0Secret1\0\0' > /tmp/login
is "$(postern-checkpw id -G 3< /tmp/login)" "$(id -G bob)" \
    'postern-checkpw leaves a program all of his groups'

# Accounts come and go while mail for another is on its way.
before=$(mail_in_box $box)
in_background stream sh -c 'for i in 1 2 3 4 5 6 7 8 9 10; do
    for j in 1 2 3 4 5 6 7 8; do
	python3 '"$TOP"'/tests/e2e/smtp_send.py s@far.test ann@people.test ||
	    echo "refused"
    done & done; wait; echo all'
made=
for i in 1 2 3 4 5 6 7 8; do
	echo sesame | postern user add "u$i@people.test"
	smtp s@far.test "u$i@people.test" > /dev/null || made="$made not-$i"
	[ "$(($i % 2))" = 0 ] || postern user delete "u$i@people.test"
	echo "new$i" | postern user passwd ann@people.test
	is "$(pop ann@people.test "new$i" | sed 's/^[0-9]* //')" messages \
	    "password number $i"
done
is "$made" '' 'each new account takes mail at once'
ok 'mail was taken all the while' wait_for 60 grep -qx all "$LOG/stream"
unlike "$(cat "$LOG/stream")" 'refused|^[45]' 'without a refusal'
ok 'and all of it delivered' wait_for 60 eval \
    '[ "$(mail_in_box $box)" = $((before + 80)) ]'
unlike "$(grep -A 99999 'user=bob why' "$LOG/start")" \
    '(failure|deferral): .*ann@people' 'at the first try'
echo sesame | postern user passwd ann@people.test

ok 'an account is deleted' postern user delete -r ann@people.test
like "$(smtp s@far.test ann@people.test)" '^5' 'and takes no mail any more'
like "$(pop ann@people.test sesame)" 'AUTH. wrong' 'nor a login'
ok 'nor a Maildir' test ! -e $box
like "$(cat "$LOG/start")" \
    '^127.0.0.1 postern-auth-failure service=pop3 user=ann@people.test why=' \
    'failures are in the log'
done_testing

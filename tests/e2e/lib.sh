# lib.sh: what the end-to-end tests share. First line of a test:
#
#	. "${0%/*}/lib.sh"
#
# The test runs as root on an installed system of its own, called mail.test,
# with the users alice, bob and carol, on a network of its own where another
# host has all of 10.66.0.0/16 and fd66::/64: mail_server runs there, or what
# "elsewhere COMMAND" starts. Then postern_up, and at the end done_testing.
# Assertions come from tests/lib.sh.

if [ -z "${E2E_INSIDE-}" ]; then
	if [ "$(id -u)" != 0 ]; then
		echo '1..0 # SKIP needs root'
		exit 0
	fi
	exec sh "${0%/*}/enter" "$0"
fi
. "${0%/*}/../lib.sh"
PATH=/usr/local/bin:/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin
export PATH
unset POSTERN_ROOT
Q=/var/spool/postern
LOG=/var/log/postern
mkdir -p "$LOG"

# The other host: a network name space at the end of a pair of interfaces.
elsewhere() { ip netns exec elsewhere "$@"; }
ip netns add elsewhere
ip link add near type veth peer name far netns elsewhere
ip addr add 10.65.0.1/24 dev near
ip -6 addr add fd65::1/64 dev near nodad
ip link set near up
elsewhere ip link set lo up
elsewhere ip addr add 10.65.0.2/24 dev far
elsewhere ip -6 addr add fd65::2/64 dev far nodad
elsewhere ip link set far up
elsewhere ip route add local 10.66.0.0/16 dev lo
elsewhere ip -6 route add local fd66::/64 dev lo
ip route add 10.66.0.0/16 via 10.65.0.2
ip -6 route add fd66::/64 via fd65::2

# ---- names ----

# dns LINE...: dnsmasq options such as mx-host=far.test,mx.far.test,10 or
# address=/mx.far.test/10.66.0.1; what is not named does not exist
dns() {
	[ -z "${dns_pid-}" ] || end "$dns_pid"
	printf '%s\n' "$@" > /etc/e2e-dns.conf
	echo 'nameserver 127.0.0.1' > /etc/resolv.conf
	in_background dns dnsmasq -k -C /etc/e2e-dns.conf -a 127.0.0.1 -z -R \
	    -h --local=/test/ --local=/example/
	dns_pid=$pid
	wait_for 10 dns_answers || diag "dnsmasq does not answer"
}
dns_answers() { ss -lun 'sport = :53' | grep -q :53; }

# ---- postern ----

# start_postern_here: postern-start, and tcpserver running smtpd on port 25;
# with "again" as first argument both are started again whenever they end.
postern_up() {
	if [ "${1-}" = again ]; then
		in_background start sh -c 'while :; do postern-start; done'
	else
		in_background start postern-start
	fi
	start_pid=$pid
	wait_for 20 postern-ctl status || {
		diag "postern does not come up"
		diag "$(tail -n 20 "$LOG/start")"
	}
	in_background smtpd tcpserver -H -R -l 0 -c 200 \
	    -u "$(id -u postern-d)" -g "$(id -g postern-d)" 0 25 postern-smtpd
	smtpd_pid=$pid
	wait_for 10 listening 25
}
listening() { ss -ltn "sport = :$1" | grep -q LISTEN; }

postern_down() {
	end "$smtpd_pid"
	end "$start_pid"
}

# in_background of tests/lib.sh writes below $ROOT/log
ROOT_LOG=$LOG
in_background() {
	ib_log=$LOG/$1
	shift
	setsid "$@" >> "$ib_log" 2>&1 < /dev/null &
	pid=$!
	background="$background $pid"
}

# reload: send reads its control files again
reload() { pkill -HUP -x postern-send; }

# ---- mail ----

# smtp FROM TO [FILE|-]: one message by SMTP to this machine; prints what the
# server said to each command, status 0 when it was taken
smtp() {
	python3 "$TOP/tests/e2e/smtp_send.py" "$@"
}

# pop USER PASSWORD [PORT]: POP3 on this machine: STAT's answer, or the refusal
pop() {
	python3 - "$@" << 'EOF'
import poplib, sys
p = poplib.POP3("127.0.0.1", int(sys.argv[3]) if len(sys.argv) > 3 else 110)
try:
    p.user(sys.argv[1])
    p.pass_(sys.argv[2])
    print(p.stat()[0], "messages")
    p.quit()
except poplib.error_proto as e:
    print(e)
EOF
}

# mail_in USER [FOLDER]: how many messages lie there
mail_in() {
	eval "mi_home=~$1"
	find "$mi_home/Maildir${2:+/$2}/new" "$mi_home/Maildir${2:+/$2}/cur" \
	    -type f 2> /dev/null | wc -l
}
has_mail() { [ "$(mail_in "$1")" -ge "$2" ]; }
newest_mail() { # USER: the newest message's file name
	eval "nm_home=~$1"
	find "$nm_home/Maildir/new" -type f -printf '%T@ %p\n' 2> /dev/null |
	    sort -n | tail -n 1 | cut -d' ' -f2-
}
empty_queue() {
	[ -z "$(find $Q/new $Q/cur $Q/report -type f)" ]
}

# mail_server ADDRESS DIR: tests/e2e/smtp_server.py
mail_server() {
	mkdir -p "$2"
	in_background "server-$1" ip netns exec elsewhere \
	    python3 "$TOP/tests/e2e/smtp_server.py" "$@"
	wait_for 10 eval "elsewhere ss -ltn src $1 | grep -q :25"
}

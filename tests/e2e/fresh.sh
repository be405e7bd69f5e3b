# fresh.sh: what the tests of setup share. First lines of a test:
#
#	init=systemd		(or empty)
#	. "${0%/*}/fresh.sh"
#
# The test runs on a machine that has never seen postern (tests/e2e/fresh), with
# the checkout in /usr/src/postern. Assertions come from tests/lib.sh.

if [ -z "${E2E_INSIDE-}" ]; then
	if [ "$(id -u)" != 0 ]; then
		echo '1..0 # SKIP needs root'
		exit 0
	fi
	exec sh "${0%/*}/fresh" "$0" "$init"
fi
. "${0%/*}/../lib.sh"
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
export PATH
unset POSTERN_ROOT
mkdir -p /tmp/log
Q=/var/spool/postern
box=/home/bob/Maildir

set_up() { # argument...: of setup; what it says in /e2e/setup
	(cd /usr/src/postern && sh setup "$@" mail.test) > /e2e/setup 2>&1 &&
	    [ "$(grep -c '^setup: delivered: /home/bob/Maildir/' /e2e/setup)" = 2 ]
}
setup_said() { cat /e2e/setup; }

submit() { # subject [local part]
	printf '%s\n' "To: ${2-bob}@mail.test" "Subject: $1" '' text |
	    /usr/local/bin/sendmail -t
}
by_smtp() { # subject [HOST]: what the server said last
	printf '%s\n' "Subject: $1" '' text > /tmp/message
	python3 "$TOP/tests/e2e/smtp_send.py" x@far.test bob@mail.test \
	    /tmp/message 127.0.0.1
}
arrived() { # subject
	grep -rqsx "Subject: $1" "$box/new" "$box/cur"
}
delivers() { # subject: sent by SMTP, it arrives
	wait_for 20 by_smtp "$1" && wait_for 20 arrived "$1"
}
listening() { ss -ltn "sport = :$1" | grep -q LISTEN; }

# pop: what STAT says to bob, or the refusal
pop() {
	python3 - << 'END'
import poplib
try:
    p = poplib.POP3("127.0.0.1", 110, 20)
    p.user("bob")
    p.pass_("Secret1")
    print(p.stat()[0], "messages")
    p.quit()
except (poplib.error_proto, OSError) as e:
    print(e)
END
}
pops() { [ "$(pop)" = "$(find $box/new $box/cur -type f | wc -l) messages" ]; }

# slow: mail for bob-slow takes three seconds, then leaves /tmp/slow-done
slow_begins() {
	echo '|echo begun > ~/begun; sleep 3; echo done > ~/done' \
	    > /home/bob/.qmail-slow
	chown bob /home/bob/.qmail-slow
	rm -f /home/bob/begun /home/bob/done
	submit slow bob-slow
	wait_for 20 test -e /home/bob/begun
}
slow_is_done() { [ -e /home/bob/done ] && queue_is_empty; }
queue_is_empty() { [ -z "$(find $Q/new $Q/cur $Q/report -type f)" ]; }
waits() { [ -n "$(find $Q/new -type f)" ]; }

# setup on a fresh machine without a supervisor: postern-run in the background;
# POP3 when asked for, and from then on.
init=
. "${0%/*}/fresh.sh"
echo bob:Secret1 | chpasswd

# A mailer of another package, laid out as Postfix is.
mkdir -p /tmp/other/DEBIAN /tmp/other/usr/sbin /tmp/other/usr/lib
printf '%s\n' 'Package: other-mailer' 'Version: 1' 'Architecture: all' \
    'Maintainer: Bob <bob@mail.test>' 'Description: sends no mail' \
    > /tmp/other/DEBIAN/control
printf '#!/bin/sh\nexit 1\n' > /tmp/other/usr/sbin/sendmail
chmod 755 /tmp/other/usr/sbin/sendmail
ln -s ../sbin/sendmail /tmp/other/usr/lib/sendmail
dpkg-deb -b /tmp/other /tmp/other.deb > /tmp/log/other 2>&1
dpkg -i --force-overwrite /tmp/other.deb >> /tmp/log/other 2>&1

ok 'setup shows two messages delivered' set_up ||
    diag "$(tail -n 30 /e2e/setup; tail -n 9 /var/log/postern.log)"
like "$(setup_said)" 'started postern-run in the background' 'and says how'
for name in /usr/sbin/sendmail /usr/lib/sendmail; do
	is "$(readlink $name)" /usr/local/bin/postern-sendmail \
	    "another package's $name has made way" || diag "$(setup_said)"
done
ok 'SMTP over loopback' delivers first
printf '%s\n' 'Subject: to localhost' '' text |
    /usr/local/bin/sendmail bob@localhost
ok 'sendmail to localhost' wait_for 20 arrived 'to localhost' ||
    diag "$(tail -n 9 /var/log/postern.log)"
like "$(pop)" refused 'no POP3 unless asked for'
ok 'setup -p' set_up -p || diag "$(tail -n 30 /e2e/setup)"
ok 'POP3 gives the mail' pops || diag "$(pop)"
ok 'setup once more' set_up || diag "$(tail -n 30 /e2e/setup)"
like "$(setup_said)" 'POP3 on port 110 says \+OK' 'leaves POP3 on'
unlike "$(setup_said)" 'moved to' "and another's sendmail where it was put"
is "$(grep -c . /run/postern-run.pid) $(pgrep -c -x tcpserver)" '1 2' \
    'and nothing runs twice'
status 1 'a wrong option is refused' sh /usr/src/postern/setup -x \
    2> /tmp/refused

python3 -c 'import socket, time
s = socket.socket()
s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
s.bind(("127.0.0.1", 2525))
s.listen()
time.sleep(300)' &
other=$!
wait_for 10 listening 2525
echo 2525 > /etc/postern/smtpport
ok 'what listens on its port is not disturbed' eval '! set_up'
like "$(setup_said)" 'another program listens on port 2525' 'but named'
unlike "$(setup_said)" building 'and nothing is changed'
kill $other
rm /etc/postern/smtpport

# As in a container whose process 1 sleeps and reaps nobody.
cat > /tmp/reaps-nobody << 'END'
import ctypes, subprocess, sys
PR_SET_CHILD_SUBREAPER = 36
ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
for attempt in range(2):
    status = subprocess.run(["sh", "/usr/src/postern/setup", "mail.test"],
                            timeout=120).returncode
sys.exit(status)
END
set_up_twice() { python3 /tmp/reaps-nobody > /e2e/setup 2>&1; }
ok 'setup does not wait for a process that nobody reaps' set_up_twice ||
    diag "$(tail -n 30 /e2e/setup)"

# As in a container: a name without a domain, and none given; and no mailer.
hostname box
rm -rf /etc/postern /var/lib/postern/alias/.qmail-*
names=$(head -n 1 /usr/src/postern/conf-files/sendmail)
divert_no_more() {
	for name in $names; do
		dpkg-divert --local --rename --remove $name || return 1
	done
}
# What the machine had: purged, whatever depends on it.
mailers() {
	dpkg-query -W -f '${db:Status-Status} ${Package} ${Provides}\n' |
	    awk '/^installed .*mail-transport-agent/ { print $2 }'
}
{
	rm -f $names
	divert_no_more
	# shellcheck disable=SC2046
	dpkg --purge --force-depends other-mailer $(mailers)
	rm -f $names
} > /tmp/log/purged 2>&1
nameless() { sh /usr/src/postern/setup > /e2e/setup 2>&1; }
ok 'setup on a machine that has no full name' nameless ||
    diag "$(tail -n 30 /e2e/setup)"
is "$(cat /etc/postern/me)" box.localdomain 'gives it one'
is "$(mailers)" postern-mta 'dpkg knows that a mailer is here'
dpkg -i /tmp/other.deb > /tmp/log/other 2>&1
for name in $names; do
	is "$(readlink $name)" /usr/local/bin/postern-sendmail \
	    "a package that comes later leaves $name alone"
done

kill "$(cat /run/postern-run.pid)"
ok 'TERM ends all of it' wait_for 20 eval \
    '[ -z "$(pgrep "^postern|tcps")" ]'

# "Removing" in INSTALL
remove() {
	{
		make -s -C /usr/src/postern uninstall && divert_no_more
	} > /tmp/log/removed 2>&1
}
ok 'it can be removed' remove ||
    diag "$(cat /tmp/log/removed)"
is "$(dpkg -S /usr/sbin/sendmail; readlink /usr/lib/sendmail)" \
    "other-mailer: /usr/sbin/sendmail
../sbin/sendmail" "and the other's names are back"
is "$(find /usr/local -name '*postern*' ! -type d)" '' 'and no program stays'
done_testing

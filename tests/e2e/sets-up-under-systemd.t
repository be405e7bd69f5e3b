# setup on a fresh machine with systemd: the units start, supervise, drain and
# come back at boot; systemd's own sockets in tcpserver's place; POP3.
# timeout: 900
init=systemd
[ -x /lib/systemd/systemd ] || {
	echo '1..0 # SKIP needs systemd'
	exit 0
}
. "${0%/*}/fresh.sh"

main_pid() { systemctl show -p MainPID --value "$1"; }
restarts() { systemctl show -p NRestarts --value "$1"; }
log_of() { journalctl -o cat -u "$1"; }
state() { # is-active or is-enabled, unit...
	systemctl "$@" | tr '\n' ' '
}

first_boot() {
	systemctl is-system-running --wait > /tmp/running
	is "$(systemctl --failed --no-legend)" '' 'the machine is up'
	ok 'setup shows two messages delivered' set_up ||
	    diag "$(tail -n 30 /e2e/setup; log_of 'postern*' | tail -n 9)"
	like "$(setup_said)" 'started by systemd: postern postern-smtpd$' \
	    'started by systemd'
	is "$(state is-active postern postern-smtpd)" 'active active ' \
	    'both services are active'
	is "$(state is-enabled postern postern-smtpd)" 'enabled enabled ' \
	    'and enabled'
	is "$(restarts postern) $(restarts postern-smtpd)" '0 0' \
	    'neither had to be started twice'
	like "$(log_of postern)" '^delivery 1: success: ' 'the journal has the log'
	like "$(log_of postern)" 'seccomp' 'and what confines them'
	ok 'SMTP over loopback' delivers first

	supervises
	stops_and_starts
	fetches_by_pop3
	systemd_listens
	upgrades

	systemctl stop postern
	submit overnight
	echo "$tap_count" > /e2e/again
}

supervises() {
	kill -KILL "$(main_pid postern)"
	ok 'killed, postern is started again' wait_for 20 delivers after-kill
	kill -KILL "$(main_pid postern-smtpd)"
	ok 'so is tcpserver' wait_for 20 delivers after-tcpserver
	before=$(main_pid postern)
	kill -KILL "$(pgrep -o -x postern-auth)"
	ok 'the end of the auth door is noticed' wait_for 20 eval \
	    '[ "$(main_pid postern)" != "$before" ] && pgrep -x postern-auth'
	ok 'and mail flows' delivers after-auth
}

stops_and_starts() {
	echo more.test >> /etc/postern/locals
	systemctl reload postern
	printf 'To: bob@more.test\nSubject: more\n\n' | sendmail -t
	ok 'reload: settings are read again' wait_for 20 arrived more
	ok 'a long delivery begins' slow_begins
	ok 'stop' systemctl stop postern
	ok 'waits until it is done' slow_is_done
	is "$(systemctl show -p Result --value postern)" success 'and is no failure'
	like "$(by_smtp refused)" '^451 ' 'SMTP says later meanwhile'
	ok 'sendmail takes mail' submit stopped
	ok 'which waits' waits
	ok 'for the start' systemctl start postern
	ok 'and is delivered' wait_for 20 arrived stopped
	ok 'restart' systemctl restart postern postern-smtpd
	ok 'changes nothing' delivers after-restart
}

fetches_by_pop3() {
	echo bob:Secret1 | chpasswd
	like "$(pop)" refused 'no POP3 unless asked for'
	ok 'setup -p' set_up -p || diag "$(tail -n 30 /e2e/setup)"
	like "$(setup_said)" 'POP3 on port 110 says \+OK' 'shows that it answers'
	ok 'POP3 gives the mail' pops || diag "$(pop)"
	kill -KILL "$(main_pid postern-pop3)"
	ok 'and does after a crash' wait_for 20 pops
}

systemd_listens() {
	for service in smtpd pop3; do
		ok "postern-$service.socket instead" eval \
		    "systemctl disable -q --now postern-$service.service &&
		    systemctl enable -q --now postern-$service.socket"
	done
	is "$(pgrep -x tcpserver)" '' 'no tcpserver is left'
	ok 'takes mail' delivers by-socket
	like "$(grep -rhsA 3 'invoked from network' "$box/new")" \
	    '\(127\.0\.0\.1\)$' 'with its peer'
	is "$(printf 'HELO x\r\nMAIL FROM:<>\r\nRCPT TO:<nobody@mail.test>\r\nQUIT\r\n' > /tmp/in
	    tcpclient -RHl0 127.0.0.1 25 sh -c 'cat /tmp/in >&7; cat <&6' |
	    tr -d '\r' | cut -c1-3 | tr '\n' ' ')" '220 250 250 550 221 ' \
	    'nothing but replies goes to the client'
	ok 'errors go to the journal' wait_for 10 eval \
	    "log_of 'postern-smtpd@*' | grep -q '127.0.0.1 refused rcpt'"
	ok 'POP3, too' pops
	hammer
	ok 'hundreds of connections do not switch it off' delivers after-hammer
	is "$(systemctl --failed --no-legend)" '' 'and nothing has failed'
}

hammer() {
	python3 - << 'END'
import socket
for i in range(600):
    s = socket.create_connection(('127.0.0.1', 25))
    s.close()
END
}

upgrades() {
	ok 'setup once more' set_up || diag "$(tail -n 30 /e2e/setup)"
	is "$(state is-active postern-smtpd.socket postern-pop3.socket)" \
	    'active active ' 'leaves the choice of sockets'
	is "$(state is-enabled postern-smtpd.service postern-pop3.service)" \
	    'disabled disabled ' 'alone'
	like "$(setup_said)" 'POP3 on port 110 says \+OK' 'and POP3 on'
}

second_boot() {
	ok 'after a reboot' wait_for 30 arrived overnight
	ok 'mail flows' delivers rebooted
	ok 'and is fetched' pops
}

if [ -e /e2e/booted ]; then
	tap_count=$(cat /e2e/booted)
	second_boot
	done_testing
fi
first_boot
cp /e2e/again /e2e/booted
exit "$tap_failed"

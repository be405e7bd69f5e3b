# scanned.sh: setup on a fresh machine where a scanner of run directories is
# running. The test has started it, on /etc/service, and says by the functions
#
#	said		the name of the scanner
#	up, down, again	start a service; stop it; end it, to be started anew
#	is_up, is_down	what it is

log=/var/log/postern/current
at=/etc/service

ok 'setup shows two messages delivered' set_up ||
    diag "$(tail -n 30 /e2e/setup; tail -n 5 /var/log/postern*/current)"
like "$(setup_said)" "started by $(said), from $at\$" 'started by the scanner'
ok 'both services are up' eval "is_up $at/postern && is_up $at/postern-smtpd"
ok 'SMTP over loopback' delivers first
like "$(cat $log)" '^[^ ]+ delivery 1: success: ' 'the log is kept, with times'
is "$(stat -c %U $log)" postern-l 'by its own user'
like "$(ps -o user:20= -C "$(logger)")" '^postern-l' 'who runs the logger'

pkill -KILL -o -x postern-send
ok 'killed, postern is started again' wait_for 20 delivers after-kill
pkill -KILL -o -x tcpserver
ok 'so is tcpserver' wait_for 20 delivers after-tcpserver
before=$(pgrep -x postern-auth)
pkill -KILL -o -x postern-auth
ok 'the end of the auth door is noticed' wait_for 20 eval \
    '[ "$(pgrep -x postern-auth)" != "$before" ] && pgrep -x postern-auth'
ok 'and mail flows' delivers after-auth

ok 'a long delivery begins' slow_begins
down $at/postern
ok 'down waits until it is done' wait_for 20 slow_is_done
ok 'and is down then' wait_for 20 is_down $at/postern
like "$(by_smtp refused)" '^451 ' 'SMTP says later meanwhile'
ok 'sendmail takes mail' submit stopped
ok 'which waits' waits
up $at/postern
ok 'for up' wait_for 20 arrived stopped
again $at/postern
again $at/postern-smtpd
ok 'started anew, mail flows' delivers again
pkill -KILL -x "$(logger)"
ok 'so it does when the log dies' delivers after-log
ok 'which goes on' wait_for 20 eval \
    'tail -n 20 $log | grep -q "success" && pgrep -x "$(logger)"'

echo bob:Secret1 | chpasswd
like "$(pop)" refused 'no POP3 unless asked for'
ok 'by one link' ln -s /etc/postern-service/postern-pop3 $at
ok 'POP3 gives the mail' wait_for 20 pops || diag "$(pop)"
ok 'setup once more' set_up || diag "$(tail -n 30 /e2e/setup)"
like "$(setup_said)" 'POP3 on port 110 says \+OK' 'leaves POP3 on'
ok 'and mail flows' delivers after-setup
ok 'which is fetched' pops
for name in postern postern-smtpd postern-pop3; do
	down $at/$name
	ok "$name stops" wait_for 20 is_down $at/$name
done
is "$(pgrep -l '^postern|tcps')" '' 'and nothing is left of it'
done_testing

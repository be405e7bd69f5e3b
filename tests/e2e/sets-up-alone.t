# setup on a fresh machine without a supervisor: postern-run in the background;
# POP3 when asked for, and from then on.
init=
. "${0%/*}/fresh.sh"
echo bob:Secret1 | chpasswd

ok 'setup shows two messages delivered' set_up ||
    diag "$(tail -n 30 /e2e/setup; tail -n 9 /var/log/postern.log)"
like "$(setup_said)" 'started postern-run in the background' 'and says how'
ok 'SMTP over loopback' delivers first
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
kill $other
rm /etc/postern/smtpport

kill "$(cat /run/postern-run.pid)"
ok 'TERM ends all of it' wait_for 20 eval \
    '[ -z "$(pgrep "^postern|tcps")" ]'
done_testing

#!/bin/sh
# postern-listen on port 25: rules by address, both families, users as they
# should be; LMTP; a server that may not gain privileges.
. "${0%/*}/lib.sh"
need swaks python3 tcpserver
dns 'address=/mail.test/127.0.0.1'
printf '%s\n' '10.65.0.1:deny' '10.65.0.2:allow,RELAYCLIENT=""' ':allow' \
    > /etc/postern/tcp.smtp
in_background start postern-start
wait_for 20 postern-ctl status || diag "$(cat "$LOG/start")"
in_background listen postern-listen
wait_for 20 listening 25 || diag "$(cat "$LOG/listen")"

send_from_elsewhere() { # ADDRESS FROM TO
	elsewhere swaks --server "$1" --from "$2" --to "$3" --helo there.test \
	    --header 'Subject: hello' 2>&1
}
newest() { cat "$(newest_mail "$1")"; }

like "$(send_from_elsewhere 10.65.0.1 s@far.test alice@mail.test)" \
    '^<- +250 2.0.0 ok [0-9]+ qp [0-9]+' 'a message from the network'
ok 'is delivered' wait_for 20 has_mail alice 1
like "$(newest alice)" '^Received: \(qmail [0-9]+ invoked from network\); ' \
    'by the user of the network'
like "$(newest alice)" '^Received: from .*\(HELO there.test\) \(10\.65\.0\.2\)$' \
    'with its peer'
like "$(newest alice)" '^  for <alice@mail.test>; ' 'and its recipient'

like "$(send_from_elsewhere '[fd65::1]' s@far.test bob@mail.test)" \
    '^<- +250 2.0.0 ok' 'a message by IPv6'
ok 'is delivered' wait_for 20 has_mail bob 1
like "$(newest bob)" '\(fd65::2\)$' 'with its peer'

like "$(send_from_elsewhere 10.65.0.1 s@far.test x@elsewhere.test)" \
    '^<- +250 2.0.0 ok' 'a client with RELAYCLIENT may relay'
like "$(send_from_elsewhere '[fd65::1]' s@far.test x@elsewhere.test)" \
    '553 5.7.1 ' 'one without may not'
like "$(send_from_elsewhere '[fd65::1]' s@far.test nobody@mail.test)" \
    '550 5.1.1 ' 'who does not exist is refused'
like "$(send_from_elsewhere '[fd65::1]' s@far.test postmaster)" \
    '250 2.0.0 ok|550 5.1.1' 'the bare postmaster is understood'
unlike "$(swaks --server 10.65.0.1 --from a@b.test --to alice@mail.test 2>&1)" \
    '^<- +220' 'who is denied hears nothing'
like "$(cat "$LOG/listen")" \
    'fd65::2 refused rcpt <x@elsewhere.test>: 553 5.7.1' 'the log names peer and reason'

# Who runs as whom while a session is open.
elsewhere python3 - > "$LOG/open" <<'END' &
import socket, time
s = socket.create_connection(('10.65.0.1', 25))
f = s.makefile('rwb')
f.readline()
for c in (b'HELO x', b'MAIL FROM:<>'):
    f.write(c + b'\r\n')
    f.flush()
    f.readline()
print('open', flush=True)
time.sleep(15)
END
open_pid=$!
wait_for 10 grep -q open "$LOG/open"
user_of() { ps -o user:20= -C "$1" | sort -u | tr -d ' ' | tr '\n' ' '; }
is "$(user_of postern-smtpd)" 'postern-d ' 'postern-smtpd runs as postern-d'
ok 'and its postern-queue as postern-q' \
    wait_for 5 eval 'ps -o euser:20= -C postern-queue | grep -q postern-q'
kill "$open_pid"

# LMTP, as another mail system on this host would run it.
as_d() {
	setpriv --reuid "$(id -u postern-d)" --regid "$(id -g postern-d)" \
	    --clear-groups "$@"
}
printf '%s\r\n' 'LHLO here' 'MAIL FROM:<s@far.test>' \
    'RCPT TO:<alice@mail.test>' 'RCPT TO:<nobody@mail.test>' \
    'RCPT TO:<carol@mail.test>' DATA 'Subject: by LMTP' '' . QUIT |
    as_d postern-lmtpd > "$LOG/lmtp" 2>&1
is "$(grep -c '^250 2.0.0 ok' "$LOG/lmtp")" 2 'LMTP answers for each recipient'
ok 'and both get it' wait_for 20 eval 'has_mail alice 2 && has_mail carol 1'

# A hardened service: no_new_privs, so mail enters by the second entrance.
printf '%s\r\n' 'EHLO here' 'MAIL FROM:<s@far.test>' \
    'RCPT TO:<carol@mail.test>' DATA 'Subject: hardened' '' . QUIT |
    as_d setpriv --no-new-privs postern-smtpd > "$LOG/hard" 2>&1
like "$(cat "$LOG/hard")" '^250 2.0.0 ok' 'a smtpd that may gain no privileges'
ok 'delivers all the same' wait_for 20 has_mail carol 2
done_testing

# Mail for others goes out by MX; refusals come back as bounces.
. "${0%/*}/lib.sh"
dns 'address=/mail.test/127.0.0.1' \
    'mx-host=far.test,mx1.far.test,10' 'mx-host=far.test,mx2.far.test,20' \
    'address=/mx1.far.test/10.66.0.1' 'address=/mx2.far.test/10.66.0.2' \
    'host-record=only-a.test,10.66.0.2' 'mx-host=null.test,.,0'
mail_server 10.66.0.2 /tmp/got
postern_up

printf 'Subject: out\n\n.dot\nlast' |
    su -s /bin/sh alice -c 'sendmail x@far.test'
ok "the second MX takes what the first does not hear" \
    wait_for 20 test -f /tmp/got/1
like "$(cat /tmp/got/1.env)" 'FROM:<alice@mail.test>' "sender"
like "$(cat /tmp/got/1.env)" 'TO:<x@far.test>' "recipient"
like "$(tr -d '\r' < /tmp/got/1)" '^\.dot$' "dots are stuffed"
is "$(tail -c 6 /tmp/got/1 | od -An -c | tr -d ' \n')" 'last\r\n' \
    "the last line is ended"
like "$(cat $LOG/start)" 'to remote x@far.test' "log"

printf 'Subject: implicit\n\nx\n' | sendmail -f bob@mail.test y@only-a.test
ok "a domain without MX" wait_for 20 test -f /tmp/got/2

printf 'Subject: refused\n\nbody of it\n' |
    sendmail -f bob@mail.test r550@far.test ok@far.test
ok "the other recipient gets it" wait_for 20 test -f /tmp/got/3
ok "a bounce comes back" wait_for 30 has_mail bob 1
bounce=$(cat "$(newest_mail bob)")
like "$bounce" '^Return-Path: <>' "null sender"
like "$bounce" '^Content-Type: multipart/report' "a report"
like "$bounce" 'Hi. This is the qmail-send program' "qmail's text"
like "$bounce" '^<r550@far.test>:' "names the recipient"
like "$bounce" '550 5.1.1 as you asked' "names the reason"
like "$bounce" '^Final-Recipient: rfc822; ?r550@far.test' "for machines too"
like "$bounce" '^Status: 5.1.1' "status"
like "$bounce" 'body of it' "the message comes back"
unlike "$bounce" 'ok@far.test' "and says nothing of the other"

printf 'Subject: null mx\n\nx\n' | sendmail -f carol@mail.test x@null.test
ok "null MX bounces at once" wait_for 30 has_mail carol 1
like "$(cat "$(newest_mail carol)")" '^Status: 5.1.10' "with its own status"

printf 'Subject: later\n\nx\n' | sendmail -f carol@mail.test r451@far.test
ok "4xx is deferred" wait_for 20 grep -q 'deferral.*451' $LOG/start
is "$(mail_in carol)" 1 "and does not bounce"
ok "it waits in cur" eval 'ls $Q/cur | grep -q "^[0-9]\{16\}$"'
done_testing

# Mail from SMTP and from the shell lands in its owner's Maildir, as the owner.
. "${0%/*}/lib.sh"
dns 'address=/mail.test/127.0.0.1'
postern_up

ok "taken by SMTP" smtp sender@far.test alice@mail.test
ok "delivered" wait_for 20 has_mail alice 1
file=$(newest_mail alice)
is "$(stat -c %U:%a "$file")" alice:600 "belongs to alice alone"
like "$(cat "$file")" '^Return-Path: <sender@far.test>' "return path"
like "$(cat "$file")" '^Delivered-To: alice@mail.test' "delivered to"
like "$(cat "$file")" '^hello' "body"
like "$file" ',S=[0-9]+,W=[0-9]+' "sizes in the name"

printf 'Subject: from the shell\n\nbody\n' |
    su -s /bin/sh bob -c '/usr/sbin/sendmail alice@mail.test carol'
is $? 0 "sendmail"
ok "delivered to both" wait_for 20 eval 'has_mail alice 2 && has_mail carol 1'
like "$(cat "$(newest_mail carol)")" '^Return-Path: <bob@mail.test>' \
    "the caller is the sender"

like "$(smtp sender@far.test nobody-here@mail.test)" '^550 5.1.1' \
    "unknown recipients are refused at RCPT"
like "$(smtp sender@far.test x@far.test)" '^553 5.7.1' "no relaying"
ok "the queue is empty" wait_for 10 empty_queue
like "$(cat $LOG/start)" 'new msg [0-9]+' "log: new msg"
like "$(cat $LOG/start)" 'info msg [0-9]+: bytes [0-9]+ from <sender@far.test> qp [0-9]+ uid [0-9]+' "log: info msg"
like "$(cat $LOG/start)" 'starting delivery [0-9]+: msg [0-9]+ to local alice@mail.test' "log: starting"
like "$(cat $LOG/start)" 'delivery [0-9]+: success: did_1\+0\+0/' "log: success"
like "$(cat $LOG/start)" 'end msg [0-9]+' "log: end msg"
done_testing

#!/bin/sh
# What users and their .qmail files call, on an installed system, as users.
. "${0%/*}/lib.sh"
dns 'address=/mail.test/127.0.0.1'
postern_up
as() { # USER COMMAND: by a shell of that user, from that home
	su -s /bin/sh "$1" -c "cd && $2"
}
home() { eval "echo ~$1"; }
qmail() { # USER FILE LINE...: a .qmail file
	q_file=$(home "$1")/.qmail$2
	q_user=$1
	shift 2
	printf '%s\n' "$@" > "$q_file"
	chown "$q_user" "$q_file"
	chmod 600 "$q_file"
}

printf 'EHLO x\nMAIL FROM:<bob@mail.test>\nRCPT TO:<alice@mail.test>\nRCPT TO:<far@away.test>\nRSET\nMAIL FROM:<bob@mail.test>\nRCPT TO:<alice@mail.test>\nDATA\nSubject: bs\n\nby bs\n.\nQUIT\n' |
    as bob '/usr/sbin/sendmail -bs' > /tmp/bs
is "$(grep -c '^250 2.1.5' /tmp/bs)" 3 "sendmail -bs relays for its caller"
like "$(cat /tmp/bs)" '^250 .*qp [0-9]+' "and takes the message"
ok "which arrives" wait_for 20 has_mail alice 1
like "$(cat "$(newest_mail alice)")" '^by bs$' "whole"

mailq > /tmp/mailq
is "$?$(cat /tmp/mailq)" '0Mail queue is empty' "root sees an empty queue"
as bob 'mailq' > /tmp/mailq 2>&1
is "$?$(cat /tmp/mailq)" '0Mail queue is empty' "anybody is told so"
qmail bob -later '| exit 111'
as bob 'echo x | sendmail -f "" bob-later'
ok "a message waits" wait_for 20 has_files $Q/cur 1
as bob 'mailq' > /tmp/mailq 2>&1
is $? 0 "who sent it"
like "$(cat /tmp/mailq)" '^ +bob-later@mail\.test$' "sees it"
as carol 'mailq' > /tmp/mailq 2>&1
is $? 77 "anybody else is told"
like "$(cat /tmp/mailq)" '1 messages in the queue; only root' "how many wait"
unlike "$(cat /tmp/mailq)" 'bob' "and no more"
mailq > /tmp/mailq
like "$(cat /tmp/mailq)" '^\([^ ].*\)$' "root sees why"
postern-ctl delete "$(sed -n '2s/[!* ].*//p' /tmp/mailq)" > /tmp/deleted
sendmail -bv alice bob@mail.test x@far.test > /tmp/bv
is "$?" 0 "-bv knows who is there"
sendmail -bv nobody-here > /tmp/bv
is "$?" 67 "and who is not"
as bob 'sendmail -bv alice' > /tmp/bv 2>&1
is "$?" 77 "not for everybody"

as bob 'echo text | mailsubj "a subject" carol alice@mail.test'
is $? 0 mailsubj
ok "arrives" wait_for 20 eval 'has_mail carol 1 && has_mail alice 2'
like "$(cat "$(newest_mail carol)")" '^From: .*bob@mail.test' "from its caller"

ok "maildirmake" as bob '[ -d Maildir ] || maildirmake Maildir'
qmail bob -fwd '| forward alice@mail.test'
qmail bob -say "| bouncesaying 'gone away'"
qmail bob -if '| condredirect carol@mail.test grep -q magic' ./Maildir/
qmail bob -pre '| preline cat > pre'
as bob 'for ext in fwd if; do echo magic | sendmail -f "" bob-$ext; done
	echo other | sendmail -f "" bob-if
	echo x | sendmail -f "" bob-pre
	echo x | sendmail -f alice bob-say'
ok "forward, condredirect" wait_for 20 eval \
    'has_mail alice 3 && has_mail carol 2 && has_mail bob 1'
ok "preline" wait_for 20 grep -q '^From ' "$(home bob)/pre"
ok "bouncesaying: a bounce" wait_for 20 has_mail alice 4
ok "that says so" grep -rq 'gone away' "$(home alice)/Maildir/new"
ok "the queue is empty" wait_for 10 empty_queue
done_testing

#!/bin/sh
# mailq tells what waits, in the form that monitoring programs parse.
. "${0%/*}/../lib.sh"
need postern-queue
. "$TOP/tests/sendmail/front.sh"
unset POSTERNQUEUE
ln -s "$sendmail" "$ROOT/mailq"
mailq=$ROOT/mailq

is "$("$mailq")" 'Mail queue is empty' "empty"
is "$("$sendmail" -bp)" 'Mail queue is empty' "-bp too"
is "$("$mailq" -j)" '' "no line of JSON"
printf 'Subject: one\n\nx\n' | "$sendmail" -f from@x.y a@b.c d@e.f
printf 'Subject: two\n\nx\n' | "$sendmail" -f '' "$(printf 'evil\033]x@b.c')"
"$mailq" > "$ROOT/list"
like "$(cat "$ROOT/list")" '^-- [0-9]+ Kbytes in 2 Requests\.$' "two requests"
like "$(cat "$ROOT/list")" '^[0-9]{16}  +[0-9]+ [A-Z][a-z]{2} [A-Z][a-z]{2} [ 0-9][0-9] [0-9:]{8}  from@x.y$' \
    "ID, size, time, sender"
like "$(cat "$ROOT/list")" '^ +d@e.f$' "a recipient"
like "$(cat "$ROOT/list")" '  MAILER-DAEMON$' "the null sender"
id=$(sed -n '2s/ .*//p' "$ROOT/list")
mv "$ROOT/queue/new/$id" "$ROOT/queue/cur/$id"
printf 'deferral 1 1 4.4.1 no\033 route\nhold 2 0\ndeferral 3 0 4.4.2 later\n' \
    > "$ROOT/queue/cur/$id.note"
"$mailq" > "$ROOT/list"
like "$(cat "$ROOT/list")" "^$id! " "held"
like "$(cat "$ROOT/list")" '^\(no\? route\)$' "why it waits, made harmless"
is "$("$mailq" -j | sed -n 1p | sed 's/[0-9]\{10,\}/N/g; s/"message_size": [0-9]*/"message_size": N/')" \
    '{"queue_name": "hold", "queue_id": "N", "arrival_time": N, "message_size": N, "forced_expire": false, "sender": "from@x.y", "recipients": [{"address": "a@b.c", "delay_reason": "later"}, {"address": "d@e.f", "delay_reason": "no\u001b route"}]}' \
    "JSON"

# A message to many, each of whom has been put off.
python3 - > "$ROOT/envelope" << 'EOF'
import sys
sys.stdout.write('Ffrom@x.y\0' + ''.join('Tu%d@x.example\0' % i
                 for i in range(30000)) + '\0')
EOF
before=$(ls "$ROOT/queue/new")
printf 'Subject: three\n\nx\n' | postern-queue 1< "$ROOT/envelope"
many=$(ls "$ROOT/queue/new" | grep -vxF "$before")
mv "$ROOT/queue/new/$many" "$ROOT/queue/cur/$many"
python3 - > "$ROOT/queue/cur/$many.note" << 'EOF'
for i in range(14000):
    print('deferral 1 %d 4.4.1 Cannot reach the host today. (#4.4.1)' % i)
print('deferral 2 7 4.4.2 at last')
EOF
timeout 10 "$mailq" > "$ROOT/list"
is "$(grep -c 'Cannot reach' "$ROOT/list")" 13999 'each has its reason, soon told'
like "$(grep -A 1 '^(at last)' "$ROOT/list")" ' u7@x.example$' 'the last one'
yes 'deferral 3 8 4.4.1 Cannot reach the host today. (#4.4.1)' |
    head -n 20000 >> "$ROOT/queue/cur/$many.note"
printf '\nhold 4 0\n' >> "$ROOT/queue/cur/$many.note"
like "$("$mailq" | grep "^$many")" "^$many! " 'held, when no more deferrals are noted'

if [ "$(id -u)" = 0 ]; then
	skip "root may list" 2
else
	chmod 000 "$ROOT/queue/cur"
	"$mailq" > /dev/null 2> "$ROOT/why"
	is $? 77 "not permitted is said"
	like "$(cat "$ROOT/why")" 'postern-send does not answer' "and why"
	chmod 700 "$ROOT/queue/cur"
fi
done_testing

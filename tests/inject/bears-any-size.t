#!/bin/sh
# A long header is held in memory up to its limit; a body never is.
# sanitizers: no, since they take memory and make calls of their own
. "${0%/*}/../lib.sh"
. "$TOP/tests/sendmail/front.sh"
{
	printf 'To: first@x.y'
	awk 'BEGIN { for (i = 0; i < 50000; i++) printf ",\n a%d@x.y", i }'
	printf '\nSubject: many\n\n'
} > "$ROOT/in"
"$inject" < "$ROOT/in"
is $? 0 "50,000 recipients in To"
is "$(tr '\0' '\n' < "$ROOT/envelope" | grep -c '^T')" 50001 "all of them"
{
	printf 'To: a@b.c\nX-Long: '
	head -c 17000000 /dev/zero | tr '\0' x
	printf '\n\n'
} > "$ROOT/in"
refuses "a field of 17 MB" 100 'header over 16777216 bytes' "$inject" \
    < "$ROOT/in"
head -c 17000000 /dev/zero | tr '\0' x > "$ROOT/in"
queues "but 17 MB that are no header" 'Fjoe@test.example Ta@b.c' \
    "$inject" a@b.c < "$ROOT/in"
(
	ulimit -v 8192
	{ printf 'To: a@b.c\n\n'; head -c 50000000 /dev/zero; } | "$inject"
)
is $? 0 "a body of 50 MB in 8 MB of memory"
is "$(sed '1,/^$/d' "$ROOT/message" | wc -c | tr -d ' ')" 50000000 "whole"
done_testing

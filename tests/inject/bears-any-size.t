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
fields() { # name how-many: each with 400,000 recipients
	awk -v name="$1" -v n="$2" 'BEGIN {
		while (n-- > 0) {
			printf "%s: a", name
			for (i = 1; i < 400000; i++)
				printf ",\n a"
			print ""
		}
		print ""
	}' > "$ROOT/in"
}
fields To 3
refuses "a header that is too long when completed" 100 \
    'completed header too long' "$inject" < "$ROOT/in"
fields Bcc 3
refuses "1,200,000 recipients" 100 'more than 1048576 recipients' "$inject" \
    < "$ROOT/in"
fields Bcc 7
refuses "2,800,000" 100 'list of recipients too long' "$inject" < "$ROOT/in"
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

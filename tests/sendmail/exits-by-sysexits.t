#!/bin/sh
# 0 only when queued; codes of sysexits.h, never 75; nothing said on success.
. "${0%/*}/../lib.sh"
. "$TOP/tests/sendmail/front.sh"
s=$sendmail
m='^sendmail: fatal: '

says() { # what status regex code [text]
	words=$(CAPTURE_EXIT=$4 CAPTURE_TEXT=${5-} "$s" a@b.c 2>&1 < /dev/null)
	is $? "$2" "$1"
	like "$words" "$m$3" "and why"
}
refuses "no recipients" 64 "${m}no recipients" "$s" < /dev/null
refuses "none in the header" 64 "${m}no recipients" "$s" -t < /dev/null
printf 'To: "x\n\n' > "$ROOT/in"
refuses "a broken To with -t" 65 "${m}cannot understand" "$s" -t < "$ROOT/in"
queues "a broken To without" 'Fjoe@test.example Ta@b.c' "$s" a@b.c < "$ROOT/in"
like "$(message)" '^To: "x$' "stays as it is"
refuses "a long address" 65 "${m}address too long" \
    "$s" "$(printf '%01100d' 0)" < /dev/null
says "address too long in the queue" 65 . 11
says "refused for good" 69 . 31
says "custom, for good" 69 'no way' 82 'Dno way (#5.7.1)'
says "custom, for now" 71 'not now' 82 'Znot now (#4.7.1)'
says "no memory" 71 . 51
says "disk full" 74 . 53
says "queue directory" 73 . 62
says "bug" 70 . 81
says "policy" 71 . 71
POSTERNQUEUE=$ROOT/none says "no such program" 71 . 0
for code in 11 31 51 53 62 71 81 91; do
	CAPTURE_EXIT=$code "$s" a@b.c < /dev/null 2> /dev/null
	isnt $? 75 "$code is not 75"
done
QMAILEXIT=qmail
export QMAILEXIT
says "as qmail: permanent" 100 . 31
says "as qmail: temporary" 111 . 53
refuses "as qmail: usage" 100 "${m}no recipients" "$s" < /dev/null
done_testing

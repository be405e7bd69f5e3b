#!/bin/sh
# 100 for what will never work, 111 for what may work later, and one line.
. "${0%/*}/../lib.sh"
. "$TOP/tests/sendmail/front.sh"
m='^postern-inject: fatal: '
refuses "unknown option" 100 usage "$inject" -x < /dev/null
is "$("$inject" -x 2>&1 | wc -l | tr -d ' ')" 1 "in one line"
refuses "-f without a value" 100 usage "$inject" -f < /dev/null
printf 'To: "x\n\n' > "$ROOT/in"
refuses "a broken field" 100 "${m}cannot understand: To: \"x$" "$inject" \
    < "$ROOT/in"
refuses "also where nobody asks it" 100 "${m}cannot understand" "$inject" a \
    < "$ROOT/in"
long=$(printf '%01100d' 0)
refuses "an address too long" 100 'too long' "$inject" "$long@x.y" < /dev/null

# The injector has an envelope then, which refuses would mind.
says() { # what status regex code [text]
	words=$(CAPTURE_EXIT=$4 CAPTURE_TEXT=${5-} "$inject" a@b.c 2>&1 < /dev/null)
	is $? "$2" "$1"
	like "$words" "$m$3" "and why"
}
says "refused for good" 100 'mail server permanently rejected' 31
says "no memory" 111 '.*\(#4.3.0\)|.' 51
says "disk full" 111 . 53
says "custom, for good" 100 'no way' 82 'Dno way (#5.7.1)'
says "custom, for now" 111 'not now' 82 'Znot now (#4.7.1)'
says "no code of ours" 111 . 200
POSTERNQUEUE=$ROOT/none says "no such program" 111 . 0
chmod 000 "$ROOT/control/me"
if [ "$(id -u)" = 0 ]; then
	skip "root reads everything"
else
	refuses "an unreadable control file" 111 'cannot read me' "$inject" a \
	    < /dev/null
fi
chmod 644 "$ROOT/control/me"
rm "$ROOT/control/me"
mkdir "$ROOT/control/me"
refuses "a control file that is none" 111 'cannot read me' "$inject" a \
    < /dev/null
rmdir "$ROOT/control/me"
refuses "a directory for input" 111 'cannot read the message' "$inject" a \
    < "$ROOT"
done_testing

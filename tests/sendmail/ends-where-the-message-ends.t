#!/bin/sh
# Bytes are kept; line ends are made LF where the sender writes CR LF.
. "${0%/*}/../lib.sh"
. "$TOP/tests/sendmail/front.sh"
s=$sendmail

body() { sed '1,/^$/d' "$ROOT/message" | od -An -c | tr -s ' \n' ' '; }
of() { # input body-wanted what
	# shellcheck disable=SC2059
	printf "$1" | "$s" a@b.c
	# shellcheck disable=SC2059
	is "$(body)" "$(printf "$2" | od -An -c | tr -s ' \n' ' ')" "$3"
}

of 'A: b\n\nx\n.\ny\n' 'x\n.\ny\n' "a dot alone is data"
of 'A: b\n\nx' 'x\n' "the last line ends"
of 'A: b\n\n' '' "an empty body stays empty"
of 'A: b\r\n\r\nx\r\ny\r\n' 'x\ny\n' "CR LF everywhere"
of 'A: b\r\n\r\nx\ry\r\r\nz\r' 'x\ry\r\nz\r\n' "a bare CR is data"
of 'A: b\n\nx\r\ny\r\n' 'x\r\ny\r\n' "LF first: CR LF in the body is data"
of 'A: b\n\na\000b\n' 'a\000b\n' "NUL is data"
of 'hello\nA: b\n' 'hello\nA: b\n' "no header"
of 'A: b\nno field\nC: d\n' 'no field\nC: d\n' "what is no field ends it"
of ' x\nA: b\n' ' x\nA: b\n' "a fold of nothing is no field"
of '\nx\n' 'x\n' "an empty line first"
of 'x' 'x\n' "one byte"
of '' '' "no byte"

printf 'From joe Mon Jan  1 00:00:00 2026\nSubject: s\n\nFrom x\n' | "$s" a@b.c
unlike "$(message)" '^From joe' "an mbox line in front is dropped"
is "$(body)" "$(printf 'From x\n' | od -An -c | tr -s ' \n' ' ')" \
    "one in the body is not"

# Each byte alone: nothing depends on how the input is cut.
printf 'A: b\r\n c\r\n\r\nx\r\n\r\ry\r\nz' > "$ROOT/in"
"$s" a@b.c < "$ROOT/in"
body > "$ROOT/whole"
dd if="$ROOT/in" bs=1 2> /dev/null | "$s" a@b.c
body > "$ROOT/bytes"
same_file "$ROOT/whole" "$ROOT/bytes" "cut at every byte"

if command -v script > /dev/null 2>&1; then
	tty() { # options
		printf 'Subject: t\n\nx\n.\nBAD\n' |
		    script -qec "$s $* a@b.c" /dev/null > "$ROOT/tty" 2>&1
	}
	tty
	is "$(body)" "$(printf 'x\n' | od -An -c | tr -s ' \n' ' ')" \
	    "on a terminal a dot alone ends the message"
else
	skip "needs script"
fi
done_testing

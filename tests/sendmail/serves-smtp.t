#!/bin/sh
# sendmail -bs is an SMTP server for its caller, LF or CR LF.
. "${0%/*}/../lib.sh"
need postern-smtpd
. "$TOP/tests/sendmail/front.sh"
dialogue() {
	printf 'EHLO me%s' "$1"
	printf 'MAIL FROM:<a@b.c>%s' "$1"
	printf 'RCPT TO:<far@away.example>%s' "$1"
	printf 'DATA%sSubject: x%s%stext%s.%s' "$1" "$1" "$1" "$1" "$1"
	printf 'QUIT%s' "$1"
}
nl='
'
dialogue "$nl" | "$sendmail" -bs -odb -oem > "$ROOT/replies"
like "$(cat "$ROOT/replies")" '^250 .*qp [0-9]' "LF: accepted"
is "$(envelope)" 'Fa@b.c Tfar@away.example' "relayed for a local caller"
like "$(message)" '^Subject: x$' "whole"
rm -f "$ROOT/message"
dialogue "$(printf '\r\nx')" | sed 's/^x//; $d' | "$sendmail" -bs > "$ROOT/replies"
like "$(cat "$ROOT/replies")" '^250 .*qp [0-9]' "CR LF: accepted"
done_testing

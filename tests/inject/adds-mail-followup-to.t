#!/bin/sh
# QMAILMFTFILE: the lists that the user reads.
. "${0%/*}/../lib.sh"
. "$TOP/tests/sendmail/front.sh"
printf 'list@x.y\nother@x.y\n' > "$ROOT/lists"
QMAILMFTFILE=$ROOT/lists
export QMAILMFTFILE
printf 'To: a@b.c, LIST@x.y\nCc: d@e.f\nBcc: g@h.i\n\n' |
    "$inject" -n > "$ROOT/out"
is "$(sed -n '/^Mail-F/,/^ /p; /^  /p' "$ROOT/out" | sort -u | tr -d '\n')" \
    '  LIST@x.y,  d@e.fMail-Followup-To: a@b.c,' "To and Cc, never Bcc"
printf 'To: a@b.c\nBcc: list@x.y\n\n' | "$inject" -n > "$ROOT/out"
unlike "$(cat "$ROOT/out")" '^Mail-Followup' "no list in To or Cc"
printf 'To: list@x.y\nMail-Followup-To: mine\n\n' | "$inject" -n > "$ROOT/out"
is "$(grep -c '^Mail-Followup' "$ROOT/out")" 1 "one that is there stays"
QMAILMFTFILE=$ROOT/none
printf 'To: list@x.y\n\n' | "$inject" -n > "$ROOT/out"
unlike "$(cat "$ROOT/out")" '^Mail-Followup' "no file, no field"
done_testing

#!/bin/sh
# Who sends: the environment, Return-Path, the letters of QMAILINJECT.
. "${0%/*}/../lib.sh"
. "$TOP/tests/sendmail/front.sh"

from() { grep -a '^From: ' "$ROOT/message"; }
# with VARIABLE=VALUE... -- WHAT ENVELOPE: an empty message to a@b.c
with() {
	w_set=
	while [ "$1" != -- ]; do
		w_set="$w_set '$1'"
		shift
	done
	eval "queues \"\$2\" \"\$3 Ta@b.c\" env $w_set \"\$inject\" a@b.c" \
	    < "${W_IN:-/dev/null}"
}

with -- "USER" Fjoe@test.example
with MAILUSER=mu -- "MAILUSER before it" Fmu@test.example
with QMAILUSER=qu MAILUSER=mu -- "QMAILUSER before that" Fqu@test.example
with USER= LOGNAME=ln -- "LOGNAME last" Fln@test.example
me=$(awk -F: -v uid="$(id -u)" '$3 == uid { print $1; exit }' /etc/passwd)
with USER= -- "none of them: /etc/passwd" "F${me:-anonymous}@test.example"
with MAILHOST=mh -- "MAILHOST" Fjoe@mh.test.example
with QMAILHOST=qh.x MAILHOST=mh -- "QMAILHOST" Fjoe@qh.x
with QMAILSUSER=su -- "QMAILSUSER" Fsu@test.example
is "$(from)" 'From: joe@test.example' "which is not From"
with QMAILSHOST=sh.x -- "QMAILSHOST" Fjoe@sh.x

with 'NAME=Joe Doe' -- "NAME" Fjoe@test.example
is "$(from)" 'From: Joe Doe <joe@test.example>' "in From"
with QMAILNAME=Q MAILNAME=M NAME=N -- "QMAILNAME" Fjoe@test.example
is "$(from)" 'From: Q <joe@test.example>' "first"
with 'MAILNAME=D. J. "B"' -- "a name with specials" Fjoe@test.example
is "$(from)" 'From: "D. J. \"B\"" <joe@test.example>' "is quoted"
with "NAME=$(printf 'J\303\266rg\nTo: evil@x')" -- "one in UTF-8" \
    Fjoe@test.example
like "$(from)" '^From: =\?utf-8\?B\?SsO2cmdUbzogZXZpbEB4\?= <joe@' \
    "is encoded, and cannot break out of its field"
with QMAILINJECT=c 'NAME=Joe (D)' -- "letter c" Fjoe@test.example
is "$(from)" 'From: joe@test.example (Joe \(D\))' "comment style"

cat > "$ROOT/in" << 'E'
Return-Path: <back@x.y>
From: other@x.y
Message-ID: <old@x.y>

E
W_IN=$ROOT/in
with -- "Return-Path" Fback@x.y
queues "-f is stronger" 'Ff@x.y Ta@b.c' "$inject" -ff@x.y a@b.c < "$ROOT/in"
with QMAILINJECT=s -- "letter s" Fjoe@test.example
unlike "$(message)" '^Return-Path' "deleted in any case"
with QMAILINJECT=fi -- "letters f, i" Fback@x.y
is "$(from)" 'From: joe@test.example' "From is made anew"
unlike "$(message)" 'old@x.y' "Message-ID too"
W_IN=
with QMAILINJECT=r -- "letter r" 'Fjoe-@test.example-@[]'
QMAILINJECT=m "$inject" a@b.c < /dev/null
like "$(envelope)" '^Fjoe-[0-9]+\.[0-9]+@test.example Ta@b.c$' "letter m"
QMAILINJECT=mr "$inject" a@b.c < /dev/null
like "$(envelope)" '^Fjoe-[0-9]+\.[0-9]+-@test.example-@\[\] Ta@b.c$' "both"
done_testing

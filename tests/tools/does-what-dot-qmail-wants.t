#!/bin/sh
# The small programs that .qmail files call: exit codes, and what they send.
. "${0%/*}/../lib.sh"
. "$TOP/tests/sendmail/front.sh"
SENDER=s@x.y
NEWSENDER=new@x.y
DTLINE='Delivered-To: d@x.y
'
RPLINE='Return-Path: <s@x.y>
'
UFLINE='From s@x.y Thu Jan  1 00:00:00 1970
'
export SENDER NEWSENDER DTLINE RPLINE UFLINE
cat > "$ROOT/in" << 'E'
From: s@x.y
Message-ID: <m@x.y>
Notice-Requested-Upon-Delivery-To: A <Joe@X.y>

text
E
code() { # N: a program that exits so, after it has read the message
	printf '#!/bin/sh\ncat > /dev/null\nexit %s\n' "$1" > "$ROOT/code$1"
	chmod +x "$ROOT/code$1"
}
for n in 0 1 99 100 111; do
	code $n
done
says() { # what code output command...
	s_what=$1
	s_code=$2
	s_output=$3
	shift 3
	s_got=$("$@" < "$ROOT/in" 2> /dev/null)
	is "$? $s_got" "$s_code $s_output" "$s_what"
}

b=postern-bouncesaying
says "bouncesaying" 100 'go away' $b 'go away'
says "program 0" 100 'go away' $b 'go away' "$ROOT/code0"
says "program 1" 0 '' $b 'go away' "$ROOT/code1"
says "program 100" 0 '' $b 'go away' "$ROOT/code100"
says "program 111" 111 '' $b 'go away' "$ROOT/code111"
says "no such program" 0 '' $b 'go away' "$ROOT/none"
says "no text" 100 '' $b
printf '#!/bin/sh\nkill -9 $$\n' > "$ROOT/crash"
chmod +x "$ROOT/crash"
says "a crash" 111 '' $b 'go away' "$ROOT/crash"

e=postern-except
says "except 0" 100 '' $e "$ROOT/code0"
says "except 1" 0 '' $e "$ROOT/code1"
says "except 111" 111 '' $e "$ROOT/code111"

c=postern-condredirect
"$c" far@a.b "$ROOT/code0" < "$ROOT/in" > "$ROOT/out"
is $? 99 "condredirect, program 0"
is "$(envelope)" 'Fs@x.y Tfar@a.b' "sent on, sender kept"
is "$(message)" "$DTLINE$(cat "$ROOT/in")" "whole, with Delivered-To"
like "$(cat "$ROOT/out")" '^condredirect: qp [0-9]+$' "says qp"
rm -f "$ROOT/message"
says "program 1" 0 '' $c far@a.b "$ROOT/code1"
says "program 99" 0 '' $c far@a.b "$ROOT/code99"
says "program 111" 111 '' $c far@a.b "$ROOT/code111"
ok "then nothing is sent" [ ! -e "$ROOT/message" ]
CAPTURE_EXIT=31 says "refused" 100 '' $c far@a.b "$ROOT/code0"
CAPTURE_EXIT=53 says "disk full" 111 '' $c far@a.b "$ROOT/code0"

f=postern-forward
"$f" a@b.c "o dd"@e < "$ROOT/in" > "$ROOT/out"
is $? 0 "forward"
is "$(envelope)" 'Fnew@x.y Ta@b.c To dd@e' "to all, with the new sender"
is "$(message)" "$DTLINE$(cat "$ROOT/in")" "whole"
like "$(cat "$ROOT/out")" '^forward: qp [0-9]+$' "says qp"
says "to nobody" 100 '' $f
(
	unset NEWSENDER
	"$f" a@b.c < "$ROOT/in" > /dev/null 2>&1
)
is $? 100 "not from a .qmail file"

p=postern-preline
says "preline" 0 "$UFLINE$RPLINE$DTLINE$(cat "$ROOT/in")" $p cat
says "-f" 0 "$RPLINE$DTLINE$(cat "$ROOT/in")" $p -f cat
says "-dr" 0 "$UFLINE$(cat "$ROOT/in")" $p -dr cat
says "-frdF" 0 "$UFLINE$(cat "$ROOT/in")" $p -frdF cat
says "options of the program" 0 "${UFLINE%?}" $p -d -r head -n 1
says "its exit code" 7 '' $p sh -c 'exit 7'
says "its crash" 111 '' $p sh -c 'kill -9 $$'
says "no program" 111 '' $p "$ROOT/none"

r=postern-qreceipt
rm -f "$ROOT/message"
says "qreceipt, other address" 0 '' $r other@x.y
ok "says nothing" [ ! -e "$ROOT/message" ]
"$r" joe@x.y < "$ROOT/in" > /dev/null
is "$?$(envelope)" '0F Ts@x.y' "asked: a notice, null sender"
like "$(message)" '^   <m@x.y>$' "about this message"
unlike "$(message)" '^text$' "and not the message"

ln -s "$BIN" "$ROOT/bin" 2> /dev/null
printf 'body\n' | postern-mailsubj "$(printf 'Hi\nBcc: x')" a@b.c d@e.f
is $? 0 "mailsubj"
is "$(envelope)" 'Fjoe@test.example Ta@b.c Td@e.f' "to all"
is "$(sed -n '/^Subject/,$p' "$ROOT/message")" 'Subject: Hi Bcc: x
To: a@b.c,
  d@e.f

body' "as a message"

status 0 "maildirmake" postern-maildirmake "$ROOT/md"
is "$(cd "$ROOT/md" && stat -c '%n %a' . cur new tmp | tr '\n' ' ')" \
    '. 700 cur 700 new 700 tmp 700 ' "for its owner only"
postern-maildirmake "$ROOT/md" 2> /dev/null
is $? 111 "not over another"
for made in .md/ .md/.Work/ .md/Other; do
	status 0 "maildirmake $made" postern-maildirmake "$ROOT/$made"
done
is "$(cd "$ROOT/.md" && find . -type f)" ./.Work/maildirfolder \
    "a folder is marked, and no other Maildir"
done_testing

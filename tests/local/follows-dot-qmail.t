# The .qmail language by hand: qmail-local's arguments, exit codes and words.
. "${0%/*}/../lib.sh"
need postern-local
new_root
H=$ROOT/home/joe
mkdir -m 700 "$H"
M=$ROOT/message
printf 'Subject: x\n\nFrom me\n>From you\nbody\n' > "$M"
cat > "$ROOT/queue-double" <<'END'
#!/bin/sh
exec 3<&1
cat > "$ROOT/queued.$$.message"
cat <&3 | tr '\0' '\n' > "$ROOT/queued.$$.envelope"
exit "${QUEUE_EXIT-0}"
END
chmod +x "$ROOT/queue-double"
QMAILQUEUE=$ROOT/queue-double
export QMAILQUEUE ROOT

qmail() { # FILE LINE...
	qm_file=$1
	shift
	printf '%s\n' "$@" > "$H/.qmail$qm_file"
	chmod 600 "$H/.qmail$qm_file"
}
fresh() { chmod -R u+rwx "$H"; rm -rf "$H"; rm -f "$ROOT"/queued.*; mkdir -m 700 "$H"; }
local_() { # DASH EXT [SENDER]: into $out and $code
	out=$(postern-local joe "$H" "joe$1$2" "$1" "$2" test.example \
	    "${3-sam@example.org}" ./Mailbox < "$M" 2>&1)
	code=$?
}
gives() { # CODE REGEX WHAT
	is "$code" "$1" "$3: exit $1"
	like "$out" "$2" "$3"
}

local_ '' ''
gives 0 '^did 1\+0\+0$' 'no .qmail: default delivery'
like "$(cat "$H/Mailbox")" '^From sam@example.org ... ... .. ..:..:.. 20..$' 'From_ line'
is "$(sed 1d "$H/Mailbox")" "Return-Path: <sam@example.org>
Delivered-To: joe@test.example
Subject: x

>From me
>>From you
body" 'mbox with quoting'
is "$(tail -c 2 "$H/Mailbox" | od -An -c | tr -d ' ')" '\n\n' 'an empty line at the end'
local_ '' '' ''
is "$(grep -c '^From MAILER-DAEMON ' "$H/Mailbox")" 1 'empty sender'
local_ '' '' 'a b	c@example.org'
is "$(grep -c '^From a-b-c@example.org ' "$H/Mailbox")" 1 'blanks in the sender'

fresh
local_ - none
gives 100 'no mailbox here by that name. \(#5.1.1\)' 'no such extension'
: > "$H/.qmail-none"
local_ - none
gives 0 'did 1\+0\+0' 'an empty file: default delivery'
qmail -none '' './Other'
local_ - none
gives 111 'first line of .qmail file is blank' 'blank first line'
qmail -none '# nothing' '' '  	'
local_ - none
gives 0 'did 0\+0\+0' 'comments and blank lines'

fresh
qmail '' '|cat > got; echo said' './Box   ' '|exit 0'
local_ '' ''
gives 0 'did 1\+0\+2' 'counts'
like "$out" '^said$' 'output of programs is told'
same_file "$M" "$H/got" 'a program gets the message as it is'
ok 'blanks at the end of a line are cut' test -f "$H/Box"
for c in 100 64 65 70 76 77 78 112; do
	qmail '' "|exit $c" ./Box2
	local_ '' ''
	is "$code" 100 "exit $c is for good"
done
for c in 1 2 71 75 111 255; do
	qmail '' "|exit $c" ./Box2
	local_ '' ''
	is "$code" 111 "exit $c is for now"
done
qmail '' '|kill -9 $$' ./Box2
local_ '' ''
gives 111 'Aack, child crashed' 'a crash'
ok 'what follows a failure is not done' test ! -e "$H/Box2"
qmail '' '|echo no such list; exit 100'
local_ '' ''
gives 100 '^no such list$' 'the words of a program'
qmail '' './First' '&one@example.net' '|exit 99' '|touch late' './Late' 'two@example.net'
local_ '' ''
gives 0 'did 1\+1\+1' '99 ends it well'
ok 'lines behind it do not count' test ! -e "$H/late"
like "$out" '^qp [0-9]+$' 'the number of the forward'
is "$(cat "$ROOT"/queued.*.envelope)" "Fsam@example.org
Tone@example.net" 'earlier forwards are sent'

fresh
qmail -list '&a@example.net' 'b@example.net' '&c'
local_ - list
gives 0 'did 0\+3\+0' 'forwards'
is "$(cat "$ROOT"/queued.*.envelope)" "Fsam@example.org
Ta@example.net
Tb@example.net
Tc" 'all in one message'
is "$(sed -n 1p "$ROOT"/queued.*.message)" 'Delivered-To: joe-list@test.example' \
    'with Delivered-To'
is "$(sed 1d "$ROOT"/queued.*.message)" "$(cat "$M")" 'and otherwise as it was'
rm -f "$ROOT"/queued.*
: > "$H/.qmail-list-owner"
local_ - list
is "$(sed -n 1p "$ROOT"/queued.*.envelope)" 'Fjoe-list-owner@test.example' '-owner'
rm -f "$ROOT"/queued.*
: > "$H/.qmail-list-owner-default"
local_ - list
is "$(sed -n 1p "$ROOT"/queued.*.envelope)" 'Fjoe-list-owner-@test.example-@[]' 'VERP'
rm -f "$ROOT"/queued.*
local_ - list ''
is "$(sed -n 1p "$ROOT"/queued.*.envelope)" F 'a bounce stays one'
rm -f "$ROOT"/queued.*
local_ - list '#@[]'
is "$(sed -n 1p "$ROOT"/queued.*.envelope)" 'F#@[]' 'a double bounce too'
QUEUE_EXIT=31
export QUEUE_EXIT
local_ - list
gives 100 'Unable to forward message: .*#5' 'refused for good'
QUEUE_EXIT=53
local_ - list
gives 111 'Unable to forward message: .*#4' 'refused for now'
unset QUEUE_EXIT
rm -f "$ROOT"/queued.*
qmail -list 'a@example.net' '|exit 111'
local_ - list
is "$code $(ls "$ROOT" | grep -c queued)" '111 0' 'no forward when a line fails'

fresh
qmail -list 'a@example.net'
chmod 700 "$H/.qmail-list"
local_ - list
is "$code" 0 'executable with forwards'
for line in '|true' ./Box ./Maildir/; do
	qmail -list 'a@example.net' "$line"
	chmod 700 "$H/.qmail-list"
	local_ - list
	gives 111 'has x bit set' "executable with $line"
	qmail -list '|true' +list "$line"
	local_ - list
	gives 111 'has x bit set' "+list and $line"
done

fresh
qmail -default '|echo "$DEFAULT"'
qmail -a-default '|echo "a:$DEFAULT"'
qmail -a-b:c '|echo "abc:${DEFAULT-unset}"'
local_ - 'A-B.c'
gives 0 '^abc:unset$' 'dots and capitals'
local_ - 'a-X.y-z'
gives 0 '^a:X.y-z$' 'DEFAULT as it was written'
local_ - 'other'
gives 0 '^other$' 'the last default'
local_ - 'a'
gives 0 '^a$' 'a prefix needs its dash'
local_ - '../../../etc/passwd'
gives 0 '^../../../etc/passwd$' 'no way out of the home directory'
qmail -default '|env'
out=$(SENDER=forged KEPT=yes postern-local joe "$H" joe-one-two-three-four - \
    one-two-three-four a.b.c.example 'sam s@example.org' '' < "$M" 2>&1)
for v in SENDER='sam s@example.org' NEWSENDER='sam s@example.org' KEPT=yes \
    RECIPIENT=joe-one-two-three-four@a.b.c.example USER=joe HOME="$H" \
    HOST=a.b.c.example HOST2=a.b.c HOST3=a.b HOST4=a \
    LOCAL=joe-one-two-three-four EXT=one-two-three-four EXT2=two-three-four \
    EXT3=three-four EXT4=four DEFAULT=one-two-three-four \
    DTLINE='Delivered-To: joe-one-two-three-four@a.b.c.example' \
    RPLINE='Return-Path: <"sam s"@example.org>'; do
	is "$(printf '%s\n' "$out" | grep -F -x "$v")" "$v" "environment: ${v%%=*}"
done
like "$out" '^UFLINE=From sam-s@example.org ' 'environment: UFLINE'

fresh
printf 'Delivered-To: joe@test.example\n\nx\n' > "$M.loop"
out=$(postern-local joe "$H" joe '' '' test.example '' '|touch ran' < "$M.loop" 2>&1)
is "$? $out" '100 This message is looping: it already has my Delivered-To line. (#5.4.6)' \
    'a loop'
chmod 1700 "$H"
local_ '' ''
gives 111 'sticky' 'sticky home directory'
chmod 702 "$H"
local_ '' ''
gives 111 'home directory is writable' 'unsafe home directory'
chmod 700 "$H"
qmail '' ./Box
chmod 602 "$H/.qmail"
local_ '' ''
gives 111 'writable' 'unsafe .qmail'
rm "$H/.qmail"
mkfifo "$H/.qmail"
local_ '' ''
gives 0 'did 1\+0\+0' 'a FIFO is no .qmail, and nobody waits for it'
out=$(postern-local joe "$ROOT/nowhere" joe '' '' test.example '' ./Box < "$M" 2>&1)
is $? 111 'a missing home directory is for now'
out=$(cat "$M" | postern-local joe "$H" joe '' '' test.example '' ./Piped)
is "$? $(sed -n 4p "$H/Piped")" '0 Subject: x' 'a message from a pipe'

fresh
qmail '' '# c' '|p' ./mb /md/ '&a@b' 'c@d'
is "$(postern-local -n joe "$H" joe '' '' t.example '' ./x)" "program p
mbox ./mb
maildir /md/
forward a@b
forward c@d" '-n describes'
ok '-n delivers nothing' test ! -e "$H/mb"
mkdir "$H/Md" "$H/Md/tmp" "$H/Md/new" "$H/Md/cur"
qmail '' ./Md/ ./Md/
local_ '' ''
is "$code $(ls "$H/Md/new" | wc -l)" '0 2' 'the same Maildir twice'
qmail '' ./Nowhere/
local_ '' ''
gives 111 'Unable to open maildir' 'a Maildir that is not there is for now'
status 100 'wrong usage' postern-local joe 2> /dev/null
done_testing

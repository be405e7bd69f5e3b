#!/bin/sh
# Each option does what it should, or nothing; none makes a caller fail.
. "${0%/*}/../lib.sh"
. "$TOP/tests/sendmail/front.sh"
s=$sendmail
me=Fjoe@test.example
printf 'Subject: x\n\ntext\n' > "$ROOT/in"

for option in -bm -G -U -m -n -v -x -E -J -S -T -oem -oep -oeq -oew -oee -odb \
    -odi -odq -odd -odf -om -o7 -o8 '-oA/etc/aliases' -oT -os '-o i' \
    '-C/tmp/x' '-C /tmp/x' -d -d8.99 '-D /tmp/x' -h3 '-h 3' -Ltag '-L tag' \
    '-p SMTP:x' -X/tmp/log '-X /tmp/log' -Ac '-A m' -em -e '-O A=b' -OX=y \
    -Qreason -i -oi -Mx1 '-M x1'; do
	# shellcheck disable=SC2086
	queues "$option is borne" "$me Ta@b.c" "$s" $option a@b.c < "$ROOT/in"
done
queues "--" "$me T-t@test.example" "$s" -- -t < "$ROOT/in"
queues "a lone -" "$me T-@test.example" "$s" - < "$ROOT/in"
queues "-XV" "Fjoe-@test.example-@[] Ta@b.c" "$s" -XV a@b.c < "$ROOT/in"
queues "-XV with -f" "Flist-@h.x-@[] Ta@b.c" "$s" -XV -f list@h.x a@b.c < "$ROOT/in"
queues "-XV with the null sender" "F Ta@b.c" "$s" -f '' -XV a@b.c < "$ROOT/in"
queues "-XV twice" "Fl-@h.x-@[] Ta@b.c" env QMAILINJECT=r QMAILSUSER=l \
    QMAILSHOST=h.x "$s" -XV a@b.c < "$ROOT/in"
queues "-B 7bit" "$me B7BIT Ta@b.c" "$s" -B 7bit a@b.c < "$ROOT/in"
printf 'A: b\n\nJ\303\266rg\n' > "$ROOT/eight"
queues "a body with 8 bits" "$me B8BITMIME Ta@b.c" "$s" a@b.c < "$ROOT/eight"
queues "declared otherwise" "$me B7BIT Ta@b.c" "$s" -B7BIT a@b.c < "$ROOT/eight"
queues "-R full" "$me RFULL Ta@b.c" "$s" -Rfull a@b.c < "$ROOT/in"
queues "-V" "$me Eid+1 Ta@b.c" "$s" -V id+1 a@b.c < "$ROOT/in"
queues "-N delay" "$me Ta@b.c NDELAY" "$s" -N delay a@b.c < "$ROOT/in"
queues "-O requiretls" "$me Q Ta@b.c" "$s" -O requiretls=yes a@b.c < "$ROOT/in"
queues "-O smtputf8" "$me U Ta@b.c" "$s" -O smtputf8=yes a@b.c < "$ROOT/in"
u=$(printf 'j\303\266rg')
queues "an address in UTF-8" "$me U T$u@b.c" "$s" "$u@b.c" < "$ROOT/in"
queues "recipients with names" "$me Ta@b.c Td@e.f Tx y@z.z Tg@test.example" \
    "$s" 'A <a@b.c>, d@e.f' '"x y"@z.z' g < "$ROOT/in"
queues "one that is no list" "$me Ta\"b@c.d" "$s" 'a"b@c.d' < "$ROOT/in"
printf 'To: t@u.v\n\n' > "$ROOT/to"
queues "-t adds to arguments" "$me Ta@b.c Tt@u.v" "$s" -t a@b.c < "$ROOT/to"

queues "-F" "$me Ta@b.c" "$s" -F 'Joe Doe' a@b.c < "$ROOT/in"
like "$(message)" '^From: Joe Doe <joe@test.example>$' "names the author"
gecos=$(awk -F: -v uid="$(id -u)" '$3 == uid { print $5; exit }' /etc/passwd)
queues "neither -F nor NAME" "$me Ta@b.c" "$s" a@b.c < "$ROOT/in"
case $gecos in
*[!a-zA-Z]* | '') skip "the full name here is not one word" ;;
*) like "$(message)" "^From: $gecos <joe@test.example>\$" "/etc/passwd knows" ;;
esac
queues "-F and NAME" "$me Ta@b.c" env NAME=Other "$s" -F'Joe Doe' a@b.c \
    < "$ROOT/in"
like "$(message)" '^From: Joe Doe <' "-F is stronger"
queues "-f" "Fme@h.x Ta@b.c" "$s" -f "$(printf 'm\ne@h.x')" a@b.c < "$ROOT/in"
like "$(message)" '^From: .*me@h.x' "is the author too"
queues "-f with a name" "Fme@h.x Ta@b.c" "$s" -f 'Me <me@h.x>' a@b.c \
    < "$ROOT/in"
queues "-f ''" "F Ta@b.c" "$s" -f '' a@b.c < "$ROOT/in"
queues "-r '<>'" "F Ta@b.c" "$s" -r '<>' a@b.c < "$ROOT/in"
like "$(message)" '^From: .*joe@test.example' "the author has a name still"
printf 'From: forged@x.y\n\n' > "$ROOT/from"
queues "QMAILINJECT" "$me Ta@b.c" env QMAILINJECT=f "$s" a@b.c < "$ROOT/from"
unlike "$(message)" forged "counts here too"

queues "QMAILQUEUE gets qmail's records only" "$me Ta@b.c" \
    env POSTERNQUEUE= QMAILQUEUE="$POSTERNQUEUE" "$s" -N never -R hdrs -V x \
    -B 8bitmime a@b.c < "$ROOT/in"

refuses "-f without a value" 64 "argument -- 'f'" "$s" -f < "$ROOT/in"
refuses "-N bad" 64 'bad -N' "$s" -N sometimes a < "$ROOT/in"
refuses "-R bad" 64 'bad -R' "$s" -R some a < "$ROOT/in"
refuses "-V bad" 64 'bad -V' "$s" -V 'a b' a < "$ROOT/in"
refuses "-b bad" 64 'unknown mode' "$s" -bx a < "$ROOT/in"
refuses "-q where nothing runs" 69 postern-send "$s" -q < /dev/null
refuses "--word" 64 'unknown option: --force' "$s" --force a < "$ROOT/in"
for mode in -bd -bD -bl '-bd -q30m' '-q30m -bd'; do
	# shellcheck disable=SC2086
	refuses "$mode" 64 postern-start "$s" $mode < /dev/null
done
for nothing in -bh -bH -bt -bz -bi -I -q1h -q30m; do
	status 0 "$nothing: nothing to do" "$s" $nothing < /dev/null
done
ln -s "$s" "$ROOT/newaliases"
status 0 newaliases "$ROOT/newaliases" < /dev/null
ln -s "$s" "$ROOT/hoststat"
status 0 hoststat "$ROOT/hoststat" < /dev/null
done_testing

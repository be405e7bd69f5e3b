#!/bin/sh
# -a, -h, -A, -H: arguments, header, or both.
. "${0%/*}/../lib.sh"
. "$TOP/tests/sendmail/front.sh"
cat > "$ROOT/in" << 'E'
To: to@x.y
Cc: cc@x.y
Bcc: bcc@x.y
Apparently-To: app@x.y

E
header='Tto@x.y Tcc@x.y Tbcc@x.y Tapp@x.y'
me=Fjoe@test.example
queues "no option, no argument: header" "$me $header" "$inject" < "$ROOT/in"
queues "no option: arguments" "$me Targ@x.y" "$inject" arg@x.y < "$ROOT/in"
queues "-A" "$me Targ@x.y" "$inject" -A arg@x.y < "$ROOT/in"
queues "-a" "$me Targ@x.y" "$inject" -a arg@x.y < "$ROOT/in"
queues "-h" "$me $header" "$inject" -h arg@x.y < "$ROOT/in"
queues "-H" "$me Targ@x.y $header" "$inject" -H arg@x.y < "$ROOT/in"
queues "the last one counts" "$me Targ@x.y" "$inject" -h -a arg@x.y < "$ROOT/in"
{
	printf 'Resent-To: rto@x.y\nResent-Cc: rcc@x.y\nResent-Bcc: rb@x.y\n'
	cat "$ROOT/in"
} > "$ROOT/resent"
queues "resent: only those" "$me Trto@x.y Trcc@x.y Trb@x.y" "$inject" \
    < "$ROOT/resent"
refuses "-a without any" 100 'no recipients' "$inject" -a < "$ROOT/in"
refuses "a header without any" 100 'no recipients' "$inject" < /dev/null
queues "an argument is one address" "$me Ta b@x.y Tc,d@test.example" \
    "$inject" 'a b@x.y' 'c,d' < /dev/null
queues "-f" "Fs@t.test.example Ta@x.y" "$inject" -fs@t a@x.y < /dev/null
queues "-f for nobody" "F Ta@x.y" "$inject" -f '' a@x.y < /dev/null
queues "-f for a list" "Fl-@h.i-@[] Ta@x.y" "$inject" -f 'l-@h.i-@[]' a@x.y \
    < /dev/null
is "$("$inject" -n -a < "$ROOT/in" | grep -v -e ^Date -e ^Message-ID)" \
    'From: joe@test.example
To: to@x.y
Cc: cc@x.y
Apparently-To: app@x.y' "-n prints, whoever gets it"
done_testing

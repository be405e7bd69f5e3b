#!/bin/sh
# Every message leaves with the fields that it must have, hosts completed.
. "${0%/*}/../lib.sh"
. "$TOP/tests/sendmail/front.sh"
control me silverton.berkeley.edu
control defaulthost silverton
control defaultdomain berkeley.edu
control plusdomain plus.edu

queues "a message without a header" 'Fjoe@silverton.berkeley.edu Ta@b.c' \
    "$inject" a@b.c << 'E'
just text
E
is "$(stable)" 'From: joe@silverton.berkeley.edu
Cc: recipient list not shown: ;

just text' "gets From, Cc and an empty line"
like "$(message)" '^Date: [0-9]+ [A-Z][a-z][a-z] [0-9]{4} [0-9:]{8} -0000$' \
    "Date in qmail's form"
like "$(message)" '^Message-ID: <[0-9.]+\.postern@silverton.berkeley.edu>$' \
    "Message-ID"

queues "what is there stays" 'Fjoe@silverton.berkeley.edu Tx@y.z' \
    "$inject" << 'E'
Date: yesterday
Message-ID: <mine@here>
From: Me <me@here.example>
To: x@y.z

text
E
is "$(message)" 'Date: yesterday
Message-ID: <mine@here>
From: Me <me@here.example>
To: x@y.z

text' "byte for byte"

queues "hosts are completed" "Fjoe@silverton.berkeley.edu \
Tdjb@silverton.berkeley.edu Teric@mammoth.cs.plus.edu \
Tdjb@silverton.berkeley.edu Tx@[128.32.183.163] Tg@h.berkeley.edu \
Ti@j.berkeley.edu Tfred@silverton.berkeley.edu Tr@s.berkeley.edu" "$inject" << 'E'
From: djb
Reply-To: <@a,@b:me@x.y>
To: djb, Eric <eric@mammoth.cs+>, djb@silverton (Dan),
	x@[128.32.183.163], random group: g@h, i@j; fred r@s

E
is "$(stable)" 'From: djb@silverton.berkeley.edu
Reply-To: <me@x.y>
To: djb@silverton.berkeley.edu, Eric <eric@mammoth.cs.plus.edu>, djb@silverton.berkeley.edu (Dan),
	x@[128.32.183.163], random group: g@h.berkeley.edu, i@j.berkeley.edu;, fred@silverton.berkeley.edu, r@s.berkeley.edu' \
    "in the fields too"

queues "resent" 'Fjoe@silverton.berkeley.edu Tx@y.z' "$inject" << 'E'
Resent-To: x@y.z
To: old@y.z
Date: then

E
is "$(sed 's/^\([^:]*: \)[^j].*/\1.../' "$ROOT/message" | head -n 3)" \
    'Resent-Date: ...
Resent-Message-ID: ...
Resent-From: joe@silverton.berkeley.edu' "gets Resent- fields"
unlike "$(message)" '^(From|Message-ID|Cc):' "and no others"

queues "resent blind" 'Fjoe@silverton.berkeley.edu Tx@y.z' "$inject" << 'E'
Resent-Bcc: x@y.z
Bcc: no@y.z
To: old@y.z

E
like "$(message)" '^Resent-Cc: recipient list not shown: ;$' "Resent-Cc"
unlike "$(message)" 'Bcc' "neither kind of Bcc stays"

u=$(printf 'J\303\266rg')
queues "UTF-8 and 8-bit names" \
    'Fjoe@silverton.berkeley.edu B8BITMIME Ta@b.c Td@e.f' \
    "$inject" << E
To: $u <a@b.c>, $(printf 'J\366rg') <d@e.f>

E
is "$(grep -a '^To' "$ROOT/message" | od -An -tx1 | tr -d ' \n')" \
    "$(printf 'To: J\303\266rg <a@b.c>, J\366rg <d@e.f>\n' |
	od -An -tx1 | tr -d ' \n')" "stay as they are"

export QMAILDEFAULTHOST=h QMAILDEFAULTDOMAIN=d.d QMAILPLUSDOMAIN=p.p
export QMAILIDHOST=i.i
queues "the environment wins" 'Fjoe@h.d.d Ta@h.d.d Tb@c.p.p Td@e.d.d' \
    "$inject" a b@c+ d@e < /dev/null
like "$(message)" '^Message-ID: <.*@i.i>$' "for Message-ID too"
done_testing

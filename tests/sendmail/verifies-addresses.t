#!/bin/sh
# -bv asks the users door and says what it answers.
. "${0%/*}/../lib.sh"
need python3
. "$TOP/tests/sendmail/front.sh"
cat > "$ROOT/door.py" << 'E'
import os
import socket
import sys
door = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
door.bind(sys.argv[1] + ".new")
door.listen(5)
os.rename(sys.argv[1] + ".new", sys.argv[1])
while True:
    asker, _ = door.accept()
    while True:
        packet = asker.recv(65536)
        if not packet:
            break
        version, kind = packet[:1], packet[1:2]
        tag, address = packet[2:].split(b"\0")[:2]
        assert kind == b"C"
        if address.startswith(b"yes"):
            asker.send(version + b"K" + tag + b"\0")
        elif address.startswith(b"no"):
            asker.send(version + b"D" + tag + b"\x005.1.1\0no mailbox\0")
        else:
            asker.send(version + b"Z" + tag + b"\x004.3.0\0busy\0")
E
"$sendmail" -bv joe > /dev/null 2>&1
is $? 71 "no door"
python3 "$ROOT/door.py" "$ROOT/queue/users" &
door=$!
trap 'kill $door; rm -rf "$ROOT"' EXIT
wait_for 10 test -S "$ROOT/queue/users"
is "$("$sendmail" -bv yes yes@far.away)" 'yes@test.example... deliverable
yes@far.away... deliverable' "deliverable"
"$sendmail" -bv yes no > "$ROOT/out"
is $? 67 "unknown"
like "$(cat "$ROOT/out")" '^no@test.example\.\.\. undeliverable: no mailbox$' \
    "and why"
"$sendmail" -bv yes later > "$ROOT/out"
is $? 75 "cannot tell"
status 64 "nobody" "$sendmail" -bv
done_testing

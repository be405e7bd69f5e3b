#!/bin/sh
# Every message of the corpus is in the queue byte for byte, by qmail-queue's
# interface and by session.
# timeout: 300
. "${0%/*}/../lib.sh"
need python3 postern-queue
need_corpus
export CORPUS
new_root
PYTHONPATH=$TOP/tests/queue python3 - << 'END'
from qtest import *

messages = []
for top, _, files in os.walk(os.environ["CORPUS"]):
    for name in files:
        with open(os.path.join(top, name), "rb") as f:
            messages.append(f.read())

bad = 0
for message in messages[::25]:
    code = queue(message)
    s = only()
    bad += not (code == 0 and s is not None and s.body == message)
    clear()
eq(bad, 0, "%d by the interface" % len(messages[::25]))

session = Session()
bad = 0
for message in messages:
    session.send(frame(message))
    code, name, _, _ = session.answer()
    bad += not (code == 0 and Stored(name).body == message)
    clear()
eq(bad, 0, "%d by session" % len(messages))
eq(session.close(), 0, "in one session")
done()
END

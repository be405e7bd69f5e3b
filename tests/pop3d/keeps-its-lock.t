#!/bin/sh
# A session keeps its maildrop to itself, however long its client takes over a
# command or a reply: the lock never grows old.
. "${0%/*}/../lib.sh"
need python3 postern-pop3d
new_root
chmod 755 "$ROOT" "$ROOT/home"
PYTHONPATH=$TOP/tests/auth PYTHONDONTWRITEBYTECODE=1 python3 "${0%.t}.py"

#!/bin/sh
# Where no file can be made, since inodes are used up, a session deletes mail
# all the same, and has the maildrop to itself.
. "${0%/*}/../lib.sh"
need python3 postern-pop3d unshare
[ "$(id -u)" = 0 ] && unshare -m true 2> /dev/null ||
    skip_all 'needs root, and a name space for its mount'
new_root
chmod 755 "$ROOT" "$ROOT/home"
export ROOT BIN
PYTHONPATH=$TOP/tests/auth PYTHONDONTWRITEBYTECODE=1 \
    unshare -m python3 "${0%.t}.py"

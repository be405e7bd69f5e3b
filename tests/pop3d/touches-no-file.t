#!/bin/sh
# A maildrop of 100,000 messages opens, and is listed, without a system call
# for each of them: where names carry sizes, and where the index has them.
. "${0%/*}/../lib.sh"
need python3 strace postern-pop3d
new_root
chmod 755 "$ROOT" "$ROOT/home"
strace -o "$ROOT/log/probe" true 2> /dev/null || skip_all 'strace may not trace'
PYTHONPATH=$TOP/tests/auth PYTHONDONTWRITEBYTECODE=1 python3 "${0%.t}.py"

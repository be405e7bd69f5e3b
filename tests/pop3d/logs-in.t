#!/bin/sh
# postern-pop3-login: every way in, and none for others.
# timeout: 180
. "${0%/*}/../lib.sh"
need python3 postern postern-auth postern-checkpw postern-pop3-login
new_root
control authdelay 0
control authlimitpeer 0
control authlimituser 0
echo sesame | postern user add ann@example.org
PYTHONPATH=$TOP/tests/auth PYTHONDONTWRITEBYTECODE=1 python3 "${0%.t}.py"

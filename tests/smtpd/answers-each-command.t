#!/bin/sh
# Every verb, state and argument gets the reply and code that the RFCs want.
. "${0%/*}/../lib.sh"
need python3 postern-smtpd
new_root
PYTHONDONTWRITEBYTECODE=1 python3 "${0%.t}.py"

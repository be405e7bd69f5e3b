#!/bin/sh
# Sessions under the parents that administrators have.
. "${0%/*}/../lib.sh"
need python3 postern-smtpd postern-queue
new_root
PYTHONDONTWRITEBYTECODE=1 python3 "${0%.t}.py"

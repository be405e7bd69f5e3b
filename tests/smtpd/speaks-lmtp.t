#!/bin/sh
# LMTP: LHLO, and each recipient has its reply.
. "${0%/*}/../lib.sh"
need python3 postern-smtpd
new_root
PYTHONDONTWRITEBYTECODE=1 python3 "${0%.t}.py"

#!/bin/sh
# A message comes in by each way of saying it, and the queue gets it whole.
. "${0%/*}/../lib.sh"
need python3 postern-smtpd
new_root
PYTHONDONTWRITEBYTECODE=1 python3 "${0%.t}.py"

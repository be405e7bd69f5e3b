#!/bin/sh
# Pipelined commands are answered in order, look-ups overlap.
. "${0%/*}/../lib.sh"
need python3 postern-smtpd
new_root
PYTHONDONTWRITEBYTECODE=1 python3 "${0%.t}.py"

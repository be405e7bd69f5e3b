#!/bin/sh
# What the client did not finish is not queued, wherever it stopped.
. "${0%/*}/../lib.sh"
need python3 postern-smtpd
new_root
PYTHONDONTWRITEBYTECODE=1 python3 "${0%.t}.py"

#!/bin/sh
# The peer is found under each kind of parent.
. "${0%/*}/../lib.sh"
need python3 postern-smtpd
new_root
PYTHONDONTWRITEBYTECODE=1 python3 "${0%.t}.py"

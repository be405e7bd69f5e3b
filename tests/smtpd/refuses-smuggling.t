#!/bin/sh
# Line ends that stand alone are refused and never make a second message.
. "${0%/*}/../lib.sh"
need python3 postern-smtpd
new_root
PYTHONDONTWRITEBYTECODE=1 python3 "${0%.t}.py"

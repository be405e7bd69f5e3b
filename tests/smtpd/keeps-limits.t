#!/bin/sh
# Lines, commands, recipients, bytes, hops and time have limits.
. "${0%/*}/../lib.sh"
need python3 postern-smtpd
new_root
PYTHONDONTWRITEBYTECODE=1 python3 "${0%.t}.py"

#!/bin/sh
# What runs out or is missing on our side is temporary, and comes back.
# sanitizers: no, since they take memory and make calls of their own
. "${0%/*}/../lib.sh"
need python3 postern-smtpd postern-queue
new_root
PYTHONDONTWRITEBYTECODE=1 python3 "${0%.t}.py"

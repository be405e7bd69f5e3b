#!/bin/sh
# A broken smtpd could start nothing, open nothing, and use little.
# sanitizers: no, since they take memory and make calls of their own
. "${0%/*}/../lib.sh"
need python3 postern-smtpd postern-queue
new_root
PYTHONDONTWRITEBYTECODE=1 python3 "${0%.t}.py"

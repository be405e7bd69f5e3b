#!/bin/sh
# What a session costs: one fork and exec, few system calls for each message.
# sanitizers: no, since they take memory and make calls of their own
. "${0%/*}/../lib.sh"
need python3 postern-smtpd postern-queue
need_tracer
new_root
PYTHONDONTWRITEBYTECODE=1 python3 "${0%.t}.py"

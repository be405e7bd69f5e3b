#!/bin/sh
# The corpus comes in byte for byte; bare CR, bare LF and NUL are refused.
. "${0%/*}/../lib.sh"
need python3 postern-smtpd postern-queue
need_corpus
new_root
PYTHONDONTWRITEBYTECODE=1 python3 "${0%.t}.py" "$CORPUS"

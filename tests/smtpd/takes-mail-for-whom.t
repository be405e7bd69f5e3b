#!/bin/sh
# Mail is taken for our domains and for nobody else, whatever is missing.
. "${0%/*}/../lib.sh"
need python3 postern-smtpd postern-newmrh
new_root
PYTHONDONTWRITEBYTECODE=1 python3 "${0%.t}.py"

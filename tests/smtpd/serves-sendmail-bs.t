#!/bin/sh
# -b takes what sendmail -bs callers say.
. "${0%/*}/../lib.sh"
need python3 postern-smtpd
new_root
PYTHONDONTWRITEBYTECODE=1 python3 "${0%.t}.py"

#!/bin/sh
# timeout: 120
# Every message of the corpus goes in by sendmail as it is: the body byte for
# byte, the header but for fields added, dropped, or completed.
. "${0%/*}/../lib.sh"
need python3
need_corpus
. "$TOP/tests/sendmail/front.sh"
export CORPUS
PYTHONDONTWRITEBYTECODE=1 python3 "${0%.t}.py" "$sendmail"

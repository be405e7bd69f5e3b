# lib.sh: what the tests of postern-send share. First line of a test:
#
#	. "${0%/*}/lib.sh"
#
# It has a private system at $ROOT then, and house.py in its directory.
. "${0%/*}/../lib.sh"
need python3 postern-send postern-queue
new_root
export ROOT
cd "$TOP/tests/send" || exit 1

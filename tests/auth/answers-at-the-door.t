#!/bin/sh
# postern-auth: who it says yes to, in which time, and what it logs.
# timeout: 240
. "${0%/*}/../lib.sh"
need python3 postern postern-auth
new_root
echo sesame | postern user add ann@example.org
echo simsim | postern user add -s sha512 bob@example.org
postern user add -n carl@example.org
echo sesame | postern user add dora@example.org
postern user lock dora@example.org
APP=$(postern user app-add carl@example.org phone)
export APP
control authdelay 2
control authlimitpeer 6
PYTHONDONTWRITEBYTECODE=1 python3 "${0%.t}.py"

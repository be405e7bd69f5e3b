# account.sh - a copy with one account, ann@example.org, whose password is sesame
# and whose Maildir is $box, and a door where it can log in. To be sourced.
# shellcheck shell=sh disable=SC2034,SC2154
new_root
HOME=$ROOT/home
export HOME
control authdelay 0
echo sesame | postern user add ann@example.org
box=$ROOT/virtual/example.org/ann/Maildir
here=${0%/*}
in_background door env PYTHONPATH="$TOP/tests/auth" \
    PYTHONDONTWRITEBYTECODE=1 python3 -c 'import door; door.start().wait()'
wait_for 5 test -S "$ROOT/queue/auth"

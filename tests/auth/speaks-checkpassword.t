#!/bin/sh
# postern-checkpw: descriptor 3, exit codes, and what the program finds.
. "${0%/*}/../lib.sh"
need postern postern-checkpw
new_root
control authdelay 0
echo sesame | postern user add ann@example.org
home=$ROOT/virtual/example.org/ann

check() { # bytes for descriptor 3, program...
	ck_bytes=$1
	shift
	printf "$ck_bytes" | postern-checkpw "$@" 3<&0 < /dev/null \
	    2> "$ROOT/log/checkpw"
}
right='ann@example.org\0sesame\0t\0'

status 0 'the right password' check "$right" true
like "$(cat "$ROOT/log/checkpw")" \
    '^- postern-auth-success service=checkpw user=ann@example.org app=-$' \
    'is logged'
app=$(postern user app-add ann@example.org phone)
status 0 'an application password' check "ann@example.org\000$app\000t\0" true
like "$(cat "$ROOT/log/checkpw")" ' app=phone$' 'is named'
status 7 "the program's exit code is its own" check "$right" sh -c 'exit 7'
is "$(check "$right" sh -c 'echo "$USER $HOME $(pwd)"')" \
    "ann@example.org $home $home" 'USER, HOME and where it runs'
ok 'descriptor 3 is closed' check "$right" sh -c '! (: <&3) 2> /dev/null'
status 0 'more data behind the timestamp' check "${right}more" true
status 0 'no timestamp' check 'ann@example.org\0sesame\0' true
status 1 'a wrong password' check 'ann@example.org\0sesam\0t\0' true
like "$(cat "$ROOT/log/checkpw")" \
    '^- postern-auth-failure service=checkpw user=ann@example.org why=password$' \
    'is logged'
TCPREMOTEIP=192.0.2.9 check 'eve\0x\0t\0' true
like "$(cat "$ROOT/log/checkpw")" '^192.0.2.9 postern-auth-failure .* why=unknown$' \
    'with the address in front'
status 1 'a name that is too long' \
    check "$(printf '%0300d' 7)\\0x\\0t\\0" true
like "$(cat "$ROOT/log/checkpw")" '^- postern-auth-failure .* user=0+7 why=malformed$' \
    'is a failure like others'
status 1 'an unknown user' check 'eve@example.org\0sesame\0t\0' true
status 2 'no program' check "$right"
status 2 'nothing on descriptor 3' check '' true
status 2 'no password' check 'ann@example.org' true
status 2 'too much' check "$(printf '%0513d' 0)\\0x\\0" true
status 2 'no descriptor 3' sh -c 'postern-checkpw true 3<&- 2> /dev/null'
status 111 'a program that is not there' check "$right" /nonexistent/program
rm -rf "$home"
status 111 'a home that is not there' check "$right" true
printf x > "$ROOT/control/passwd.cdb"
status 111 'a broken database' check "$right" true
done_testing

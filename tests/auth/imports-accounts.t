#!/bin/sh
# postern user import: passwd files and Dovecot's passwd-file, as they are.
. "${0%/*}/../lib.sh"
need postern
new_root
own=$(id -u)
[ "$own" != 0 ] || own=
# 1 and 5: sesame
cat > "$ROOT/dovecot" << EOF
# users
ann@example.org:{SHA512-CRYPT}\$6\$saltsalt\$ptqh6m2UWmUsdl/IfI87lDnyARfT3sNY1spc5A7dnCyWyuHFIDzB/zLqeRQLb8mKsXmZrNLTSyAv3XMiNQ0gd/:::::: userdb_quota_rule=*:storage=1G
bob@example.org:{PLAIN}sesame:$own:$own::$ROOT/virtual/elsewhere/bob::
carl@example.org:{SSHA}abcdef::::::
dora:{CRYPT}\$1\$saltsalt\$qjXMvbEw8oaL.CzflDtaK/::::::
root@example.org:*:0:0::/root::

emil@example.org:{SCRAM-SHA-256}4096,W22ZaJ0SNY7soEsUEjb6gQ==,WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=,wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=
not an address:x
hans@example.org:*::::::userdb_quota_rule=*:storage=1024:messages=50 userdb_quota_rule2=Trash:storage=+10%% x=y
ida@example.org:*::::::userdb_quota_rule=*:bytes=5000
jens@example.org:*::::::userdb_quota_rule=*:storage=10%%
kurt@example.org:*::::::userdb_quota_storage_size=2GB
EOF
status 1 'some are not imported' sh -c \
    "postern user import $ROOT/dovecot > $ROOT/out 2> $ROOT/err"
is "$(cat "$ROOT/out")" '6 imported, 5 not' 'and it says how many'
like "$(cat "$ROOT/err")" 'line 4: a password scheme that is not known' 'why'
like "$(cat "$ROOT/err")" 'line 5: not an address \(a domain' 'and what to do'
pw=$ROOT/control/passwd
like "$(cat "$pw")" '^ann@example.org:\$6\$saltsalt\$[^:]*:.*:1073741824S:$' \
    'a crypt hash stays, and the quota'
like "$(cat "$pw")" "^bob@example.org:\{SCRAM-SHA-256\}.*:$ROOT/virtual/elsewhere/bob::" \
    'a clear password is hashed, a home kept'
unlike "$(cat "$pw")" sesame 'no password is kept'
like "$(cat "$pw")" '^emil@example.org:\{SCRAM-SHA-256\}4096,W22' 'a verifier'
like "$(cat "$ROOT/err")" 'line 6: belongs to root' 'root has no mail here'
like "$(cat "$pw")" '^hans@example.org:.*:1048576S,50C:$' 'kilobytes, and messages'
like "$(cat "$pw")" '^ida@example.org:.*:5000S:$' 'bytes'
like "$(cat "$pw")" '^kurt@example.org:.*:2147483648S:$' 'as Dovecot 2.4 has it'
like "$(cat "$ROOT/err")" 'line 12: a quota that is not known here' \
    'no quota is left out in silence'
ok 'homes are made' test -d "$ROOT/virtual/elsewhere/bob/Maildir/new"

cat > "$ROOT/passwd" << EOF
fred:\$6\$saltsalt\$ptqh6m2UWmUsdl/IfI87lDnyARfT3sNY1spc5A7dnCyWyuHFIDzB/zLqeRQLb8mKsXmZrNLTSyAv3XMiNQ0gd/:::Fred Flint:::
gus:x:::::
EOF
ok 'a passwd-style file, with a domain' postern user import \
    -D cave.example "$ROOT/passwd"
like "$(cat "$pw")" '^fred@cave.example:\$6\$' 'has its hashes'
like "$(cat "$pw")" '^gus@cave.example:\*:' 'or none'
status 1 'nothing is replaced' sh -c "postern user import -D cave.example \
    $ROOT/passwd > /dev/null 2>&1"
ok 'unless told so' postern user import -f -D cave.example "$ROOT/passwd"

# 1: sesame
md5='$1$saltsalt$qjXMvbEw8oaL.CzflDtaK/'
printf '%s\r\n' "kim:!$md5::::::" "lea:$md5::::::nologin" \
    "max:$md5::::::userdb_mail=maildir:~/Maildir userdb_uid=5 allow_nets=192.0.2.0/24" \
    "nil:::::::nopassword=y" "nic:$md5::::::nologin nopassword=y" \
    "ole:!!:::::::" \
    "pia:{md5-crypt}$md5::::/a/b" \
    "pia:$md5" > "$ROOT/words"
before=$(cat "$pw")
status 1 'what would be' sh -c "postern user import -n -D w.example -u 99:99 \
    $ROOT/words > $ROOT/out 2> $ROOT/err"
is "$(cat "$ROOT/out")" '7 imported, 1 not' 'is said'
is "$(cat "$pw")" "$before" 'and not done'
ok 'nor is a Maildir made' test ! -e "$ROOT/virtual/w.example"
sed -i '/^pia/d' "$ROOT/words"
ok 'lines with CR, and words of Dovecot' sh -c \
    "postern user import -D w.example $ROOT/words > $ROOT/out 2> $ROOT/err"
like "$(cat "$pw")" "^kim@w.example:![$]1[$]saltsalt[$]qj" 'locked stays locked'
like "$(cat "$pw")" "^lea@w.example:![$]1[$]saltsalt[$]qj" 'also by nologin'
like "$(cat "$pw")" '^max@w.example:[$]1[$]' 'others are not'
is "$(cat "$ROOT/err")" \
    "postern: warning: $ROOT/words: line 3: allow_nets is left out: he may log in from anywhere
postern: warning: $ROOT/words: line 3: userdb_uid is left out" \
    'what matters is said, all of it'
like "$(cat "$pw")" '^nil@w.example:[*]:' 'no password lets nobody in'
like "$(cat "$pw")" '^nic@w.example:![*]:' 'and does not unlock'
like "$(cat "$pw")" '^ole@w.example:[*]:' 'nor does a lock without one'

# whose mail goes elsewhere
echo gone.example: >> "$ROOT/control/virtualdomains"
echo "rita:$md5" > "$ROOT/gone"
status 1 'an address whose mail goes elsewhere' sh -c \
    "postern user import -D gone.example $ROOT/gone > $ROOT/out 2> $ROOT/err"
like "$(cat "$ROOT/out" "$ROOT/err")" 'sends this domain.s mail elsewhere' \
    'is not imported'
ok 'and gets no Maildir' test ! -e "$ROOT/virtual/gone.example"
cp "$pw" "$ROOT/passwd.before"
echo "rita@gone.example:*:1:1::$ROOT/virtual/gone.example/rita::" >> "$pw"
status 1 'nor is it compiled' sh -c "postern user compile 2> $ROOT/err"
ok 'nor does it get a Maildir then' test ! -e "$ROOT/virtual/gone.example"
cp "$ROOT/passwd.before" "$pw"
echo "sue@lost.example:*::::::" > "$ROOT/lost"
: > "$ROOT/virtual/lost.example"	# in the way of his home
status 1 'nor one for which there is no Maildir' sh -c \
    "postern user import $ROOT/lost > $ROOT/out 2> $ROOT/err"
unlike "$(cat "$ROOT/control/virtualdomains")" lost.example \
    'whose domain stays as it was'
rm "$ROOT/virtual/lost.example"

status 111 'a file that is not there' postern user import "$ROOT/none" \
    2> /dev/null
i=0
while [ $i -lt 1000 ]; do
	echo "u$i:*::::::"
	i=$((i + 1))
done > "$ROOT/many"
is "$(postern user import -D many.example "$ROOT/many")" \
    '1000 imported, 0 not' 'a thousand at once'
is "$(postern user list many.example | wc -l | tr -d ' ')" 1000 'are there'
done_testing

#!/bin/sh
# postern user: an account is one command away, and everything knows it.
. "${0%/*}/../lib.sh"
need postern postern-newu
new_root
pw=$ROOT/control/passwd
mail=$ROOT/virtual

user() { postern user "$@"; }
add() { echo sesame | user add "$@"; }

ok 'an account is made' add Ann@Example.org
like "$(cat "$pw")" \
    '^ann@example\.org:\{SCRAM-SHA-256\}15000,[^:]*:[0-9]+:[0-9]+:/.*/virtual/example\.org/ann::$' \
    'with a verifier, not a password'
is "$(stat -c %a "$pw" "$ROOT/control/passwd.cdb" | tr '\n' ' ')" '600 600 ' \
    'which nobody else can read'
for d in new cur tmp .Sent/cur .Drafts/new .Trash/tmp .Junk/cur; do
	ok "Maildir has $d" test -d "$mail/example.org/ann/Maildir/$d"
done
ok 'a folder is marked' test -f "$mail/example.org/ann/Maildir/.Sent/maildirfolder"
like "$(cat "$ROOT/control/virtualdomains")" '^example.org:example.org$' \
    'its domain is ours'
like "$(cat "$ROOT/control/rcpthosts")" '^example.org$' 'and accepted'
like "$(cat "$ROOT/control/users/assign")" \
    '^=example.org-ann:ann@example.org:[0-9]+:[0-9]+:/.*/example.org/ann:::$' \
    'users knows whose mail it is'
is "$(tail -n 1 "$ROOT/control/users/assign")" . 'assign ends with a dot'
ok 'assign is compiled' test -s "$ROOT/control/users/cdb"
like "$(add -s bogus new@example.org 2>&1)" \
    'bogus: not a scheme; there are scram, sha512 and default$' \
    'an unknown scheme is named'
ok 'before anything is made' test ! -e "$mail/example.org/new"
status 1 'nobody is made twice' add ann@example.org 2> /dev/null
status 100 'a name without domain is none' add ann 2> /dev/null
status 100 'nor a comment' add '#ann@example.org' 2> /dev/null
status 100 'nor one in a domain with a dot behind it' \
    add ann@example.org. 2> /dev/null
status 100 'or two in the middle' add ann@example..org 2> /dev/null
status 100 'a path is no name' add ../x@example.org 2> /dev/null

before=$(cat "$pw")
echo simsim | user passwd ann@example.org
isnt "$(cat "$pw")" "$before" 'a password can be changed'
ok 'a second in the same domain' add -q 100M bob@example.org
is "$(grep -c . "$ROOT/control/virtualdomains")" 1 'the domain stays once'
like "$(cat "$mail/example.org/bob/Maildir/maildirsize")" '^104857600S$' \
    'his quota is where deliveries look'
is "$(user quota bob@example.org)" 104857600S 'and can be asked for'
printf 12345 > "$mail/example.org/bob/Maildir/new/1.a.b,S=5,W=5"
user quota bob@example.org 2G,100C
is "$(xargs -n1 < "$mail/example.org/bob/Maildir/maildirsize" | tr '\n' '|')" \
    '2147483648S,100C|5|1|' 'a new one counts what is there'
user quota bob@example.org none
ok 'no quota, no file' test ! -e "$mail/example.org/bob/Maildir/maildirsize"

app=$(user app-add ann@example.org phone)
like "$app" '^[a-z2-9-]{24}$' 'an application password is made up'
user app-add ann@example.org laptop > /dev/null
is "$(user app-list ann@example.org | tr '\n' ' ')" 'phone laptop ' 'listed'
status 1 'not twice' user app-add ann@example.org phone 2> /dev/null
ok 'and revoked' user app-revoke ann@example.org phone
is "$(user app-list ann@example.org)" laptop 'by its name'
status 1 'once' user app-revoke ann@example.org phone 2> /dev/null

ok 'an account in a local domain' add carl@test.example
like "$(cat "$ROOT/control/users/assign")" '^=carl:carl@test.example:' \
    'needs no virtual domain'
is "$(user list | tr '\n' ' ')" \
    'ann@example.org bob@example.org carl@test.example ' 'all of them'
is "$(user list test.example)" carl@test.example 'of one domain'
is "$(user list carl@test.example)" carl@test.example 'one alone'
status 1 'who is nobody is not listed' user list dan@test.example 2> /dev/null
me=$(id -un)
user app-add "$me" phone > /dev/null
is "$(user list -l "$me")" "$me	-	-	-	active	1" \
    'of a Unix account the system knows the rest'
user delete "$me"
user lock bob@example.org
like "$(user list -l bob@example.org)" '	locked	0$' 'one is locked'
user unlock bob@example.org
like "$(user list -l bob@example.org)" '	active	0$' 'and not any more'

echo '# kept' >> "$pw"
ok 'one is deleted' user delete bob@example.org
ok 'whose mail stays' test -f "$mail/example.org/bob/Maildir/new/1.a.b,S=5,W=5"
unlike "$(cat "$ROOT/control/users/assign")" bob 'but no route'
like "$(cat "$pw")" '^# kept$' 'comments stay'
ok 'it can come back' add bob@example.org
ln -s "$ROOT/control" "$mail/example.org/bob/Maildir/link"
ok 'and go with all its mail' user delete -r bob@example.org
ok 'which is gone' test ! -e "$mail/example.org/bob"
ok 'but not what a link pointed to' test -f "$pw"
status 1 'whom nobody knows' user delete bob@example.org 2> /dev/null
like "$(user delete 2>&1)" 'usage: postern user delete \[-r\] address' \
    'a command without what it needs says so'
like "$(user --help 2>&1)" 'usage: postern user import .* file' 'all of them'
status 100 'a password with a NUL' sh -c \
    "printf 'a\\000b\\n' | postern user add nul@example.org 2> /dev/null"
status 100 'a subcommand that is none' user frobnicate 2> /dev/null
status 100 'a command that is none' postern ../x 2> /dev/null

# ---- interrupted ----

# A file that cannot be written is as good as a kill before it: what is found
# afterwards is an account with a route, or neither.
has() { grep -q "^$2" "$ROOT/control/$1" && echo yes || echo no; }
for file in passwd.unfinished passwd passwd.cdb users/assign users/cdb \
    virtualdomains rcpthosts; do
	blocked=$ROOT/control/$file.tmp
	domain=$(echo "$file" | tr / .).example
	mkdir "$blocked"
	is "$(add -g "zoe@$domain" 2> /dev/null)" '' \
	    "without $file no account is promised"
	rmdir "$blocked"
	echo other | user passwd ann@example.org
	is "$(has passwd "zoe@$domain:") $(has rcpthosts "$domain\$")" \
	    "$(has users/assign "=$domain-zoe:") $(has virtualdomains "$domain:")" \
	    'the next command leaves nothing by half'
	mkdir "$blocked"
	status 111 'one is made by half' add "eve@e.$domain" 2> /dev/null
	rmdir "$blocked"
	ok 'the command is given again' add "eve@e.$domain"
	is "$(has users/assign "=e.$domain-eve:") $(has passwd "eve@e.$domain:")" \
	    'yes yes' 'and has done it'
	status 1 'once' add "eve@e.$domain" 2> /dev/null
	case $file in virtualdomains | rcpthosts) continue ;; esac
	mkdir "$blocked"
	status 111 'one is deleted by half' user delete "eve@e.$domain" \
	    2> /dev/null
	rmdir "$blocked"
	ok 'and again' user delete "eve@e.$domain"
	is "$(has users/assign "=e.$domain-eve:") $(has passwd "eve@e.$domain:")" \
	    'no no' 'and is gone'
done
echo '=example.org-lost:lost@example.org:1:1:/:::' > "$ROOT/assign"
cat "$ROOT/control/users/assign" >> "$ROOT/assign"
cp "$ROOT/assign" "$ROOT/control/users/assign"
ok 'a route without an account can be deleted' user delete lost@example.org
unlike "$(cat "$ROOT/control/users/assign")" lost 'and is gone'
cp "$ROOT/control/users/assign" "$ROOT/assign"
sed 's/^\.$/wrong/' "$ROOT/assign" > "$ROOT/control/users/assign"
before=$(cat "$pw")
status 111 'a users/assign that is wrong' add fay@example.org 2> /dev/null
is "$(cat "$pw")" "$before" 'is noticed before anything changes'
cp "$ROOT/assign" "$ROOT/control/users/assign"

ok 'somebody is made' add ned@example.org
mkdir "$ROOT/control/passwd.cdb.tmp"
status 111 'and locked by half' user lock ned@example.org 2> /dev/null
rmdir "$ROOT/control/passwd.cdb.tmp"
status 1 'is not made anew' add ned@example.org 2> /dev/null
like "$(grep ^ned@ "$pw")" '^ned@example.org:!' 'but stays locked'

ok 'another is made' add hal@example.org
sed -i '/^hal@/d' "$pw"
mkdir "$ROOT/control/users/assign.tmp"
status 111 'passwd is compiled by half' user compile 2> /dev/null
rmdir "$ROOT/control/users/assign.tmp"
echo other | user passwd ann@example.org
unlike "$(cat "$ROOT/control/users/assign")" hal \
    'the next command removes routes as well'

# ---- others at work ----

mkfifo "$ROOT/typing"
exec 7<> "$ROOT/typing"
postern user add slow@example.org <&7 &
typist=$!
ok 'who types a password keeps nobody waiting' timeout 20 \
    sh -c 'echo x | postern user add quick@example.org'
echo sesame >&7
ok 'and is served' wait $typist
exec 7>&-
user lock ann@example.org
echo other | user passwd ann@example.org
like "$(user list -l ann@example.org)" '	locked	1$' \
    'a new password does not unlock'
user unlock ann@example.org

# ---- whose mail it is ----

printf 'test.example\nother.example\n' > "$ROOT/control/locals"
status 1 'local domains share their names' add carl@other.example 2> /dev/null
like "$(cat "$ROOT/control/users/assign")" '^=carl:carl@test.example:' \
    'mail stays with who has it'
cp "$pw" "$ROOT/pw"
echo "carl@other.example:*:1:1:$mail/other::" >> "$pw"
ok 'whose mail somebody else has can be locked' user lock carl@other.example
like "$(user list -l carl@other.example)" '	locked	0$' 'all the same'
like "$(cat "$ROOT/control/users/assign")" '^=carl:carl@test.example:' \
    'and has no more mail than before'
cp "$ROOT/pw" "$pw"
sed -i 's/^carl@test/carl@other/' "$pw"
ok 'who is renamed by hand' user compile
like "$(cat "$ROOT/control/users/assign")" '^=carl:carl@other.example:' \
    'keeps his mail'
cp "$ROOT/pw" "$pw"
ok 'and back' user compile
echo '.Wild.example:fred' >> "$ROOT/control/virtualdomains"
ok 'a domain below another that is virtual' add gus@sub.wild.example
like "$(cat "$ROOT/control/users/assign")" '^=fred-gus:gus@sub.wild.example:' \
    'has the way that its mail goes'
unlike "$(cat "$ROOT/control/virtualdomains")" '^sub' 'and no other'
ok 'its account is deleted' user delete gus@sub.wild.example
unlike "$(cat "$ROOT/control/users/assign")" gus 'with the route'

ok 'made by hand and compiled' sh -c "
	echo 'dora@new.example:*:$(id -u):$(id -g):$mail/d::' >> $pw &&
	postern user compile"
ok 'has a Maildir' test -d "$mail/d/Maildir/cur"
like "$(cat "$ROOT/control/rcpthosts")" '^new.example$' 'and a domain'
sed -i '/^dora@/d' "$pw"
ok 'deleted by hand and compiled' user compile
ok 'another is made' add gil@example.org
cp "$pw" "$ROOT/pw"
echo "Eve@new.example:*:1:1:$mail/eve::" >> "$pw"
echo "fay@new.example:*:one:1:$mail/fay::" >> "$pw"
status 1 'lines that are wrong' user compile 2> "$ROOT/err"
like "$(cat "$ROOT/err")" 'Eve@new.example: is to be written in lower case' \
    'are named'
like "$(cat "$ROOT/err")" 'fay@new.example: not a line of passwd' 'all of them'
sed "s/^\(gil@example.org\):.*/\1:*:one:1:::/" "$ROOT/pw" > "$pw"
status 1 'a line in which something is wrong' user compile 2> /dev/null
like "$(cat "$ROOT/control/users/assign")" '^=example.org-gil:gil@' \
    'keeps the route: mail is not refused'
cp "$ROOT/pw" "$pw"
unlike "$(cat "$ROOT/control/users/assign")" dora 'has no route'
done_testing

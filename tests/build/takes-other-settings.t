# Another break character in conf-files takes effect wherever an address is
# taken apart or put together: routes of accounts, virtual domains, extensions;
# other directories are those that the manual names.
# timeout: 600
# sanitizers: no, there is no need
. "${0%/*}/../lib.sh"

new_root
cp -a "$POSTERN_BUILD/src" "$ROOT/src"
echo + > "$ROOT/src/conf-files/break"
ok 'it is built' sh -c "cd '$ROOT/src' && make -s all > '$ROOT/log/make' 2>&1"
make -s -C "$ROOT/src" install DESTDIR="$ROOT/dest" > "$ROOT/log/install" 2>&1
man=$ROOT/dest$POSTERN_BUILD/man
like "$(cat "$man"/man5/postern-control.5)" "$POSTERN_BUILD/control" \
    'the manual names our directories'
is "$(grep -rlE '/etc/postern([^-]|$)|/var/spool/postern|/var/vmail' "$man")" '' \
    'and no others'
rm "$ROOT/bin"
mkdir "$ROOT/bin"
for program in $(make -s -C "$ROOT/src" programs); do
	ln -s "$ROOT/src/$program" "$ROOT/bin/${program##*/}"
done
BIN=$ROOT/bin
PATH=$BIN:$PATH
start_postern
box=$ROOT/virtual/people.example/ann/Maildir
ok 'an account' sh -c 'echo sesame | postern user add ann@people.example'
echo body | postern-sendmail -f '' ann@people.example
ok 'takes mail' wait_for 20 has_files "$box/new" 1
echo ./Maildir/ > "$ROOT/virtual/people.example/ann/.qmail-list"
echo body | postern-sendmail -f '' ann+list@people.example
ok 'its extensions as well' wait_for 20 has_files "$box/new" 2
echo body | postern-sendmail -f '' ann-list@people.example
ok 'which - does not begin' wait_for 20 grep -q \
    'to local people.example+ann-list@' "$ROOT/log/start"
ok 'nobody has that' wait_for 20 grep -q 'failure: Sorry,_no_mailbox' \
    "$ROOT/log/start"
is "$(count_files "$box/new")" 2 'and nothing more has come'
done_testing

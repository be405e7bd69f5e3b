# tools/qmail-names: scripts of a qmail system find what they call.
. "${0%/*}/../lib.sh"
need postern-start postern-inject postern-ctl
new_root
make_names() {
	sh "$POSTERN_BUILD/src/tools/qmail-names" "$ROOT/qmail" 2>&1
}
mkdir -p "$ROOT/qmail/bin"
for name in remote qstat; do
	echo mine > "$ROOT/qmail/bin/qmail-$name"
done
is "$(make_names)" \
    "qmail-names: $ROOT/qmail/bin/qmail-remote is another's: left alone
qmail-names: $ROOT/qmail/bin/qmail-qstat is another's: left alone" \
    'what is there is named'
is "$(cat "$ROOT/qmail/bin/qmail-remote" "$ROOT/qmail/bin/qmail-qstat")" \
    'mine
mine' 'and stays'
rm "$ROOT/qmail/bin/qmail-remote" "$ROOT/qmail/bin/qmail-qstat"
is "$(make_names; make_names)" '' 'again, with nothing to say'
for name in inject local newmrh newu queue remote smtpd; do
	ok "qmail-$name" test -x "$ROOT/qmail/bin/qmail-$name"
done
is "$(readlink "$ROOT/qmail/control")" "$(head -n 1 \
    "$POSTERN_BUILD/src/conf-files/control")" 'the settings'
like "$(echo 'To: bob' | QMAILUSER=ann "$ROOT/qmail/bin/qmail-inject" -n)" \
    '^From: ann@test.example$' 'qmail-inject knows its variables'
status 111 'qmail-qstat without postern-send' \
    "$ROOT/qmail/bin/qmail-qstat" 2> "$ROOT/why"
in_background start postern-start
wait_for 20 postern-ctl status
is "$("$ROOT/qmail/bin/qmail-qstat")" 'messages in queue: 0
messages in queue but not yet preprocessed: 0' 'qmail-qstat as it ever was'
done_testing

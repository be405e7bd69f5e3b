# front.sh: for the tests of postern-inject and sendmail. POSTERNQUEUE is a
# program that keeps what it was given: message and envelope tell it.

unset QMAILDEFAULTDOMAIN QMAILDEFAULTHOST QMAILIDHOST QMAILPLUSDOMAIN
unset QMAILHOST MAILHOST QMAILUSER MAILUSER LOGNAME QMAILNAME MAILNAME NAME
unset QMAILSUSER QMAILSHOST QMAILMFTFILE QMAILINJECT QMAILEXIT
new_root
CAPTURE=$ROOT
POSTERNQUEUE=$TOP/tests/sendmail/capture
USER=joe
export CAPTURE POSTERNQUEUE USER
sendmail=$BIN/postern-sendmail
inject=$BIN/postern-inject

message() { cat "$ROOT/message"; }
# The message without the fields that differ each time.
stable() { grep -v -e '^Date: ' -e '^Message-ID: ' "$ROOT/message"; }
# The envelope on one line, a blank behind each record.
envelope() { tr '\0' ' ' < "$ROOT/envelope" | sed 's/ *$//'; }

# queues WHAT ENVELOPE COMMAND...: it exits 0, without a word, with this
# envelope; the message comes from standard input.
queues() {
	q_what=$1
	q_wanted=$2
	shift 2
	rm -f "$ROOT/message" "$ROOT/envelope"
	q_words=$("$@" 2>&1)
	q_status=$?
	if [ "$q_status" != 0 ] || [ -n "$q_words" ]; then
		fail "$q_what"
		diag "status $q_status: $q_words"
		return
	fi
	is "$(envelope)" "$q_wanted" "$q_what"
}

# refuses WHAT STATUS REGEX COMMAND...: it exits so and says so, and queues
# nothing.
refuses() {
	r_what=$1
	r_status=$2
	r_regex=$3
	shift 3
	rm -f "$ROOT/message" "$ROOT/envelope"
	r_words=$("$@" 2>&1)
	r_got=$?
	if [ "$r_got" != "$r_status" ] || [ -s "$ROOT/envelope" ]; then
		fail "$r_what"
		diag "status $r_got: $r_words"
		return
	fi
	like "$r_words" "$r_regex" "$r_what"
}

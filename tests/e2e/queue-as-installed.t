#!/bin/sh
# postern-queue set-uid to its real user: whose its files are, what it makes of
# callers, what callers can do to it, and how mail gets in without set-uid.
. "${0%/*}/lib.sh"
TOP_QUEUE=$(command -v postern-queue)
chmod -R a+rX "$TOP/tests" 2> /dev/null
mkdir -m 1777 /var/tmp/q
printf 'Subject: x\n\nhello\n' > /var/tmp/q/message
printf 'Fa@example.org\0Tb@example.org\0\0' > /var/tmp/q/envelope

as() { # USER COMMAND...: as that user, with its group
	as_user=$1
	shift
	setpriv --reuid "$(id -u "$as_user")" --regid "$(id -g "$as_user")" \
	    --clear-groups "$@"
}
queue() { # [COMMAND...]: runs it by way of COMMAND
	"$@" sh -c 'exec postern-queue < /var/tmp/q/message 1< /var/tmp/q/envelope'
}
empty() { rm -f "$Q"/new/* "$Q"/new/.[0-9]*; }
newest() { find "$Q/new" -type f | head -n 1; }
received() { tail -c +129 "$(newest)" | head -n 1; }

ok 'a user queues a message' queue as alice
is "$(stat -c '%U %G %a' "$(newest)")" 'postern-q postern-s 660' 'whose it is'
like "$(received)" "invoked by uid $(id -u alice)\\);" 'a user is a uid'
empty
queue as postern-d
like "$(received)" 'invoked from network\);' "smtpd's user is the network"
empty
queue as postern-s
like "$(received)" 'invoked for bounce\);' "send's bounces"
empty
queue as alias
like "$(received)" 'invoked by alias\);' 'alias is alias'
empty
queue
like "$(received)" 'invoked by uid 0\);' 'root is a uid'
empty
ok 'in a strange environment' queue as alice env POSTERN_ROOT=/var/tmp/q \
    LD_PRELOAD=/var/tmp/q/evil.so LD_LIBRARY_PATH=/var/tmp/q \
    HOME=/nonexistent PATH="$PATH"
is "$(count_files "$Q/new")" 1 '  it is in the real queue'
empty

ok 'an empty message is one' as alice sh -c \
    'exec postern-queue < /dev/null 1< /var/tmp/q/envelope'
empty
status 54 'no descriptor 0 is no message' as alice sh -c \
    'exec postern-queue 1< /var/tmp/q/envelope 0<&-'
status 54 'no descriptor 1 is no envelope' as alice sh -c \
    'exec postern-queue < /var/tmp/q/message 1<&-'
is "$(count_files "$Q/new")" 0 'and nothing was queued'

# ---- what a caller can do to it while it waits for the message ----
mkfifo -m 666 /var/tmp/q/fifo
in_background victim setpriv --reuid "$(id -u alice)" \
    --regid "$(id -g alice)" --clear-groups sh -c \
    'exec postern-queue < /var/tmp/q/fifo 1< /var/tmp/q/envelope'
exec 9> /var/tmp/q/fifo
is_queue() { grep -q '^Uid:.*'"$(id -u postern-q)" "/proc/$pid/status"; }
ok 'it runs as the queue user' wait_for 10 is_queue
like "$(grep ^Uid: "/proc/$pid/status")" \
    "^Uid:(.$(id -u postern-q)){4}\$" 'with all four of its uids'
for sig in KILL TERM STOP ALRM HUP; do
	if as alice kill -$sig "$pid" 2> /dev/null; then
		fail "its caller cannot send SIG$sig"
	else
		pass "its caller cannot send SIG$sig"
	fi
done
ok 'nor trace it' sh -c "! setpriv --reuid $(id -u alice) --clear-groups \
    --regid $(id -g alice) timeout 5 strace -p $pid -o /dev/null 2> /dev/null"
ok 'nor read its memory' sh -c "! setpriv --reuid $(id -u alice) \
    --clear-groups --regid $(id -g alice) cat /proc/$pid/maps \
    > /dev/null 2>&1"
like "$(cat "/proc/$pid/status")" '^Seccomp:.2' 'it has a filter'
like "$(cat "/proc/$pid/status")" '^NoNewPrivs:.1' 'and gains no privileges'
printf 'Subject: late\n\n' >&9
exec 9>&-
done_now() { ! kill -0 "$pid" 2> /dev/null; }
wait_for 10 done_now
is "$(count_files "$Q/new")" 1 'and the message is queued'
empty

# ---- limits, as a user ----
for limit in fsize=0 fsize=100 nofile=4 as=1000000 data=0 stack=10000 cpu=0; do
	queue as alice prlimit "--$limit" > /dev/null 2>&1
	code=$?
	left=$(count_files "$Q/new")
	case $code:$left in
	0:1) pass "$limit: queued" ;;
	0:*) fail "$limit: accepted, $left files" ;;
	137:1) pass "$limit: killed by the kernel; send sees to the file" ;;
	*:0) pass "$limit: refused with $code, nothing left" ;;
	*) fail "$limit: refused with $code, $left files left" ;;
	esac
	empty
done

# ---- without set-uid ----
status 81 'under no_new_privs, without a second entrance' \
    queue as alice setpriv --no-new-privs
cp "$TOP_QUEUE" /var/tmp/q/copy
status 81 'a copy without the set-uid bit' sh -c \
    '/var/tmp/q/copy < /var/tmp/q/message 1< /var/tmp/q/envelope'
is "$(count_files "$Q/new")" 0 'nothing was written'
ok 'users cannot write the queue themselves' \
    sh -c "! setpriv --reuid $(id -u alice) --regid $(id -g alice) \
    --clear-groups touch $Q/new/1792000000000000 2> /dev/null"

control_up() { test -S "$Q/injector"; }
rm "$Q/network"
in_background start postern-start
ok 'postern-start makes the second entrance' wait_for 20 control_up
is "$(stat -c '%U %G %a' "$Q/network")" 'postern-d postern-d 600' \
    '  and says anew who smtpd is'
sed -i 's/b@example.org/bob@mail.test/' /var/tmp/q/envelope
ok 'under no_new_privs, with it' queue as alice setpriv --no-new-privs
ok '  delivered' wait_for 20 has_mail bob 1
like "$(cat "$(newest_mail bob)")" "invoked by uid $(id -u alice)\\);" \
    '  and the caller known'
ok 'by the copy' as alice sh -c \
    '/var/tmp/q/copy < /var/tmp/q/message 1< /var/tmp/q/envelope'
ok '  delivered' wait_for 20 has_mail bob 2

# ---- who may give orders about a message that waits ----
echo 0 > /etc/postern/concurrencyremote
reload
sed -i 's/bob@mail.test/bob@far.test/' /var/tmp/q/envelope
waiting() { # USER: queues a message as that user; its number in $id
	wait_for 20 empty_queue
	queue as "$1"
	id=$(basename "$(find "$Q/new" "$Q/cur" -type f -name '[0-9]*[0-9]')")
}
wait_for 20 grep -q 'remote 0/0' "$LOG/start"
waiting postern-d
for order in hold release retry bounce delete; do
	status 100 "smtpd's user may not $order what it queued" \
	    as postern-d postern-ctl $order "$id"
done
ok 'it may look' as postern-d postern-ctl status
status 100 "nor may who did not queue it" as alice postern-ctl delete "$id"
like "$(as postern-d postern-ctl retry 2>&1)" '^not allowed' \
    'nor has smtpd all of it tried, and that is said'
is "$(as alice sendmail -q 2>&1)" '' 'a user may, and hears nothing of it'
is "$(find "$Q/new" "$Q/cur" -type f -name '[0-9]*[0-9]' | wc -l)" 1 \
    'it is still there'
ok 'root may' postern-ctl delete "$id"
waiting alice
status 100 'nor another user' as bob postern-ctl hold "$id"
ok 'who queued it may' as alice postern-ctl hold "$id"
ok '  and take it back' as alice postern-ctl delete "$id"
ok 'nothing is left' wait_for 20 empty_queue
done_testing

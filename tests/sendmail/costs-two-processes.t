#!/bin/sh
# One message from a shell: sendmail and the injector, nothing else, and a
# bounded number of system calls.
# sanitizers: no, since they take memory and make calls of their own
. "${0%/*}/../lib.sh"
need strace postern-queue
. "$TOP/tests/sendmail/front.sh"
unset POSTERNQUEUE
strace -f -o "$ROOT/trace" true 2> /dev/null || {
	skip "cannot trace here" 4
	done_testing
}
printf 'From: a@b.c\nTo: x@y.z\n\ntext\n' |
    strace -f -o "$ROOT/trace" "$sendmail" -t -i
is $? 0 "queued"
is "$(grep -c ' execve(' "$ROOT/trace")" 2 "two programs"
is "$(grep -c -E ' (clone|fork|vfork|clone3)\(' "$ROOT/trace")" 1 "one fork"
ok "fewer than 200 system calls" \
    [ "$(grep -c '(' "$ROOT/trace")" -lt 200 ]
diag "$(grep -c '(' "$ROOT/trace") calls"
done_testing

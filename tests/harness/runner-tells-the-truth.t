# The runner counts what tests say, and a test that says nothing has failed.
. "${0%/*}/../lib.sh"

here=$(mktemp -d)
at_exit "rm -rf $here"

run_one() { # the last line of a run of the script on standard input
	{ echo "# timeout: 1"; cat; } > "$here/x.t"
	sh "$TOP/tests/run" "$here/x.t" 2>&1 | tail -n 1
}

is "$(run_one << 'X'
echo "ok 1 - a"; echo "ok 2 # SKIP why"; echo 1..2
X
)" "1 passed, 0 failed, 1 skipped" "passes and skips"
is "$(run_one << 'X'
echo "ok 1 - a"; echo "not ok 2 - b"; echo 1..2; exit 1
X
)" "1 passed, 1 failed" "a failure"
is "$(run_one << 'X'
echo "ok 1 - a"
X
)" "1 passed, 1 failed" "no plan is a failure"
is "$(run_one << 'X'
echo "ok 1 - a"; echo 1..2
X
)" "1 passed, 1 failed" "too few assertions are a failure"
is "$(run_one << 'X'
echo "ok 1 - a"; echo 1..1; exit 3
X
)" "1 passed, 1 failed" "a bad status is a failure"
is "$(run_one << 'X'
echo "ok 1 - a"; sleep 20; echo 1..1
X
)" "1 passed, 1 failed" "out of time is a failure"
is "$(run_one << 'X'
echo "1..0 # SKIP no reason"
X
)" "0 passed, 0 failed, 1 skipped" "a skipped test"
printf '%s\n' 'echo "ok 1 # SKIP for a cause"; echo 1..1' > "$here/x.t"
ok "a skipped part is named with its cause" eval \
    "sh '$TOP/tests/run' '$here/x.t' 2>&1 | grep -q 'skip.*x.t.*for a cause'"
echo 'echo "not ok 1 - x"; echo 1..1' > "$here/x.t"
status 1 "a failure is in the runner's status" \
    sh -c "sh '$TOP/tests/run' '$here/x.t' > '$here/out' 2>&1"

# lib.sh ends what a test left running
cat > "$here/x.t" << X
. "$TOP/tests/lib.sh"
new_root
in_background sleeper sleep 300
echo \$pid > $here/pid
echo \$ROOT > $here/root
ok "true" true
done_testing
X
sh "$TOP/tests/run" "$here/x.t" > "$here/out" 2>&1
ok "it ran" test -s "$here/pid"
status 1 "a background program is gone" \
    sh -c "kill -0 \$(cat $here/pid) 2> /dev/null"
status 1 "the private root is gone" test -d "$(cat "$here/root")"
done_testing

# The shell scripts, by shellcheck.
. "${0%/*}/../lib.sh"
need shellcheck
cd "$TOP"
for script in setup tools/* service/*.sh service/*/run service/log-run \
    tests/run tests/all tests/lib.sh .ci/run; do
	is "$(shellcheck -s sh -S warning "$script" 2>&1)" "" "$script"
done
done_testing

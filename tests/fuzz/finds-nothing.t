#!/bin/sh
# Parsers of strangers' bytes, and whole sessions, under clang's fuzzer with
# address and undefined-behaviour checks: each target the same 50,000 inputs, so
# that two runs of one tree agree; for a search, $FUZZ_SECONDS of random ones.
# A target is a file beside this one, its seeds in seeds/NAME/. $FUZZ_KEEP: a
# directory for what the fuzzer learns and finds, kept for the next time.
# timeout: 900
. "${0%/*}/../lib.sh"
need clang make tar
new_root
how="-seed=1 -runs=50000 -max_total_time=40"
[ -z "${FUZZ_SECONDS-}" ] || how=-max_total_time=$FUZZ_SECONDS
keep=${FUZZ_KEEP:-$ROOT/found}
checks=-fsanitize=address,undefined,fuzzer-no-link
mkdir -p "$ROOT/src" "$keep"
(cd "$TOP" && tar cf - Makefile conf-files tools ./*/*.[ch] lib/*/*.[ch] \
	tests/fuzz) | (cd "$ROOT/src" && tar xf -)
cd "$ROOT/src" || exit 1
echo 'int LLVMFuzzerTestOneInput(const char *p, unsigned long n);
int LLVMFuzzerTestOneInput(const char *p, unsigned long n)
{ return p == 0 && n; }' > try.c
clang -fsanitize=fuzzer try.c -o try 2> /dev/null ||
	skip_all 'this clang has no fuzzer'
make -s "-j$(getconf _NPROCESSORS_ONLN)" lib.a parts.a CC=clang \
	CFLAGS="-g -O1 -U_FORTIFY_SOURCE $checks" > make.log 2>&1
ok 'an instrumented library' test -s parts.a || diag "$(tail -5 make.log)"
fuzz() { # NAME, with $how $learnt $seeds
	# shellcheck disable=SC2086
	"./fuzz-$1" $how -timeout=10 -rss_limit_mb=1000 \
	    "-artifact_prefix=$learnt." -verbosity=0 "$learnt" $seeds \
	    > "$1.log" 2>&1
}
for target in tests/fuzz/*.c; do
	name=${target##*/}
	name=${name%.c}
	learnt=$keep/$name
	seeds=tests/fuzz/seeds/$name
	[ -d "$seeds" ] || seeds=
	mkdir -p "$learnt"
	clang -std=c11 -D_GNU_SOURCE -I. -g -O1 \
	    -fsanitize=address,undefined,fuzzer -o "fuzz-$name" "$target" \
	    parts.a lib.a > "$name.build" 2>&1 ||
		diag "$(grep -E 'error|undefined' "$name.build" | head -5)"
	ok "$name" fuzz "$name" || diag "$(
		grep -E -A 8 'ERROR|runtime error' "$name.log" | head -20)"
done
done_testing

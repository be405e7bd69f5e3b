# cppcheck, and clang's analyser with the checks that find bugs, not taste.
# timeout: 1200
. "${0%/*}/../lib.sh"
new_root
jobs=$(getconf _NPROCESSORS_ONLN)
sh "$TOP/tools/copy" "$ROOT/src"
cd "$ROOT/src" && make conf.h > /dev/null
sources() { find lib smtpd queue send local remote auth pop3d -name '*.c' |
    grep -v openbsd; }

# Warnings and portability only: the rest is taste. Missing system headers are
# not its business, nor is what it did not look at; nullPointerRedundantCheck does
# not see that die() never returns, and clang's analyser below does that better.
if command -v cppcheck > /dev/null; then
	# shellcheck disable=SC2046
	cppcheck -q -j "$jobs" --std=c11 --enable=warning,portability \
	    --inline-suppr --suppress=missingIncludeSystem \
	    --suppress=unknownMacro --suppress=nullPointerRedundantCheck \
	    --suppress=normalCheckLevelMaxBranches \
	    -D__x86_64__ -D__LP64__ -D__linux__ \
	    -I. $(sources) > "$ROOT/log/cppcheck" 2>&1
	is "$(cat "$ROOT/log/cppcheck")" "" "cppcheck has nothing to say"
else
	skip "needs cppcheck"
fi

# What crashes or leaks; nothing about taste. StdCLibraryFunctions does not
# believe that an open directory has a descriptor.
checks='-*,clang-analyzer-core.*,clang-analyzer-unix.*,-clang-analyzer-unix.Vfork'
checks="$checks,-clang-analyzer-unix.StdCLibraryFunctions"
checks="$checks,bugprone-sizeof-container,bugprone-infinite-loop"
checks="$checks,bugprone-not-null-terminated-result"
if command -v clang-tidy > /dev/null; then
	# shellcheck disable=SC2016
	sources | xargs -P "$jobs" -n 4 sh -c 'clang-tidy --quiet \
	    --checks="$0" --warnings-as-errors="*" "$@" -- -std=c11 \
	    -D_GNU_SOURCE -I. 2> /dev/null' "$checks" > "$ROOT/log/tidy"
	is "$? $(grep -E 'error|warning' "$ROOT/log/tidy" | sort -u)" "0 " \
	    "clang-tidy has nothing to say"
else
	skip "needs clang-tidy"
fi
done_testing

# lib.sh: what the shell tests share. First line of a test:
#
#	. "${0%/*}/../lib.sh"
#
# then new_root for a private copy of the system's directories, assertions,
# and done_testing last. Programs are those of the root-less build, first in
# $PATH. Background programs are started by in_background, and ended, by pid,
# when the test ends; so is everything below $ROOT removed.

TOP=${TOP:-$(cd "${0%/*}/../.." && pwd)}
POSTERN_BUILD=${POSTERN_BUILD:-$TOP/.rootless}
BIN=$POSTERN_BUILD/bin
PATH=$BIN:$PATH:/usr/sbin:/sbin
LC_ALL=C
export TOP POSTERN_BUILD BIN PATH LC_ALL
unset QMAILQUEUE POSTERNQUEUE QMAILREMOTE RELAYCLIENT QMAILINJECT
tap_count=0
tap_failed=0
ROOT=
background=

# ---- assertions ----

# A remark, of 20 lines at most.
diag() { printf '%s\n' "$*" | sed 's/^/# /; 20q'; }

pass() { # what
	tap_count=$((tap_count + 1))
	echo "ok $tap_count - $1"
}

fail() { # what
	tap_count=$((tap_count + 1))
	tap_failed=$((tap_failed + 1))
	echo "not ok $tap_count - $1"
}

# ok WHAT COMMAND...: the command succeeds
ok() {
	ok_what=$1
	shift
	if "$@"; then
		pass "$ok_what"
	else
		fail "$ok_what"
		diag "failed: $*"
		return 1
	fi
}

# is GOT WANTED WHAT: equal strings
is() {
	if [ "$1" = "$2" ]; then
		pass "$3"
	else
		fail "$3"
		diag "got:    $1"
		diag "wanted: $2"
		return 1
	fi
}

# isnt GOT UNWANTED WHAT
isnt() {
	if [ "$1" != "$2" ]; then
		pass "$3"
	else
		fail "$3"
		diag "got: $1"
		return 1
	fi
}

# like GOT REGEX WHAT: a line of GOT matches (grep -E)
like() {
	if printf '%s\n' "$1" | grep -E -q -e "$2"; then
		pass "$3"
	else
		fail "$3"
		diag "got: $1"
		diag "should match: $2"
		return 1
	fi
}

# unlike GOT REGEX WHAT: no line matches
unlike() {
	if printf '%s\n' "$1" | grep -E -q -e "$2"; then
		fail "$3"
		diag "got: $1"
		diag "should not match: $2"
		return 1
	fi
	pass "$3"
}

# status WANTED WHAT COMMAND...: the command exits with WANTED
status() {
	st_wanted=$1
	st_what=$2
	shift 2
	"$@"
	is $? "$st_wanted" "$st_what"
}

# same_file A B WHAT: equal bytes
same_file() {
	if cmp -s "$1" "$2"; then
		pass "$3"
	else
		fail "$3"
		diag "$(cmp "$1" "$2" 2>&1)"
		return 1
	fi
}

# skip WHY [N]: N assertions (1) that cannot be made here
skip() {
	skip_left=${2:-1}
	while [ "$skip_left" -gt 0 ]; do
		tap_count=$((tap_count + 1))
		skip_left=$((skip_left - 1))
		echo "ok $tap_count # SKIP $1"
	done
}

# skip_all WHY: the whole test; only before its first assertion
skip_all() {
	echo "1..0 # SKIP $1"
	exit 0
}

# need PROGRAM...: skips the whole test where one is not installed (or built)
need() {
	for need_it; do
		command -v "$need_it" > /dev/null 2>&1 ||
		    skip_all "needs $need_it"
	done
}

# need_tracer: skips where strace is not installed or not allowed to trace
need_tracer() {
	need strace
	strace -qq -o /dev/null true 2> /dev/null ||
	    skip_all 'strace may not trace'
}

# need_corpus: skips without ../shared/corpus; else $CORPUS is the directory
need_corpus() {
	for CORPUS in "$TOP/../shared/corpus" "$TOP/../../shared/corpus"; do
		[ -d "$CORPUS" ] && return
	done
	skip_all "needs ../shared/corpus"
}

done_testing() {
	echo "1..$tap_count"
	[ "$tap_failed" = 0 ]
	exit
}

# ---- waiting, without sleeping on luck ----

# wait_for SECONDS COMMAND...: until the command succeeds; 1 when it never did
wait_for() {
	wf_until=$(($(date +%s) + $1))
	shift
	until "$@" > /dev/null 2>&1; do
		[ "$(date +%s)" -lt "$wf_until" ] || return 1
		sleep 0.05
	done
}

# count_files DIR: how many entries it has
count_files() {
	find "$1" -mindepth 1 -maxdepth 1 2> /dev/null | wc -l | tr -d ' '
}

has_files() { # DIR N: at least N entries
	[ "$(count_files "$1")" -ge "$2" ]
}

# ---- a private system ----

# new_root: $ROOT and $POSTERN_ROOT with control/ queue/ alias/ bin log/ home/
new_root() {
	ROOT=$(mktemp -d "${TMPDIR:-/tmp}/postern-t.XXXXXX") || exit 1
	POSTERN_ROOT=$ROOT
	export POSTERN_ROOT
	mkdir "$ROOT/control" "$ROOT/alias" "$ROOT/log" "$ROOT/home"
	ln -s "$BIN" "$ROOT/bin"
	mkdir -m 0711 "$ROOT/queue"
	mkdir -m 0770 "$ROOT/queue/new"
	mkdir -m 0700 "$ROOT/queue/cur" "$ROOT/queue/report"
	mkfifo -m 0660 "$ROOT/queue/trigger"
	control me test.example
	control locals test.example
	control rcpthosts test.example
}

# control NAME LINE...: writes a control file; without lines removes it
control() {
	ctl_name=$1
	shift
	if [ $# = 0 ]; then
		rm -f "$ROOT/control/$ctl_name"
	else
		printf '%s\n' "$@" > "$ROOT/control/$ctl_name"
	fi
}

# in_background NAME COMMAND...: its output in $ROOT/log/NAME; its pid, which
# is also its process group, in $pid. Ended at exit.
in_background() {
	ib_log=${ROOT:-${TMPDIR:-/tmp}}/log/$1
	shift
	setsid "$@" > "$ib_log" 2>&1 < /dev/null &
	pid=$!
	background="$background $pid"
	while kill -0 "$pid" 2> /dev/null && ! kill -0 "-$pid" 2> /dev/null; do
		:	# until setsid has made the group
	done
}

# end PID: TERM to it and its group, KILL after two seconds, and waits
end() {
	kill -TERM "-$1" 2> /dev/null || kill -TERM "$1" 2> /dev/null
	end_left=40
	while [ "$end_left" -gt 0 ]; do
		case $(ps -o stat= -p "$1") in
		'' | Z*) wait "$1" 2> /dev/null ;;
		esac
		kill -0 "-$1" 2> /dev/null || break
		sleep 0.05
		end_left=$((end_left - 1))
	done
	kill -KILL "-$1" 2> /dev/null
	wait "$1" 2> /dev/null
	background=$(echo " $background " | sed "s/ $1 / /")
}

# start_postern: postern-start in the background, log in $ROOT/log/start, its
# pid in $start_pid. Returns when it takes requests.
start_postern() {
	in_background start postern-start
	start_pid=$pid
	wait_for 10 test -S "$ROOT/queue/control" || {
		diag "postern-start does not come up"
		diag "$(cat "$ROOT/log/start")"
		return 1
	}
}

stop_postern() { end "$start_pid"; }

# at_exit COMMAND: run when the test ends, before $ROOT goes
at_exit_do=
at_exit() { at_exit_do="$1; $at_exit_do"; }

test_cleanup() {
	cleanup_status=$?
	trap '' HUP INT TERM
	eval "$at_exit_do"
	for cleanup_pid in $background; do
		end "$cleanup_pid"
	done
	if [ -n "$ROOT" ]; then
		if [ -n "${KEEP_ROOT-}" ]; then
			diag "kept: $ROOT"
		else
			chmod -R u+rwx "$ROOT" 2> /dev/null
			rm -rf "$ROOT"
		fi
	fi
	exit "$cleanup_status"
}
trap test_cleanup EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

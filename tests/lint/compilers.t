# Builds without a warning: gcc and clang, static by musl and by glibc and not
# at all, GNU make and BSD make.
# timeout: 1200
. "${0%/*}/../lib.sh"
new_root
jobs=$(getconf _NPROCESSORS_ONLN)

builds() { # what, make, make's target and variables, and NAME=VALUE...
	what=$1 make=$2 targets=$3
	shift 3
	command -v "$make" > /dev/null || {
		skip "$what: needs $make"
		return
	}
	rm -rf "$ROOT/src"
	sh "$TOP/tools/copy" "$ROOT/src" "$@"
	(cd "$ROOT/src" && $make "-j$jobs" $targets CPPFLAGS=-Werror) \
	    > "$ROOT/log/make" 2>&1
	is "$? $(grep -E 'warning|error:|undefined' "$ROOT/log/make")" "0 " \
	    "$what"
}

kind_of() { # program
	case $(file "$ROOT/src/$1") in
	*'pie executable'*'static-pie linked'*) echo static, anywhere ;;
	*'statically linked'*) echo static ;;
	*'pie executable'*'dynamically linked'*) echo dynamic, anywhere ;;
	*) echo other ;;
	esac
}

builds "gcc, musl, GNU make" make "all units" cc=gcc
is "$(kind_of queue/postern-queue)" "static, anywhere" \
    "  static, at a random place"
is "$(kind_of send/postern-start)" "dynamic, anywhere" "  and dynamic"
like "$(readelf -lW "$ROOT/src/queue/postern-queue")" 'GNU_RELRO' "  RELRO"
unlike "$(readelf -lW "$ROOT/src/queue/postern-queue")" 'RWE' \
    "  nothing writable is executable"
builds "gcc, glibc, BSD make" bmake all cc=gcc cc-static=gcc
is "$(kind_of queue/postern-queue)" "static, anywhere" "  static"
if command -v clang > /dev/null; then
	builds "clang, glibc static" make "all units" cc=clang cc-static=clang
	builds "clang, dynamic" make all cc=clang cc-static=clang static=no
	is "$(kind_of queue/postern-queue)" "dynamic, anywhere" "  not static"
else
	skip "needs clang" 3
fi
done_testing

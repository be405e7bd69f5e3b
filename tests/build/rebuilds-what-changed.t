# A touched header makes exactly those objects anew that include it, directly
# or not, with GNU make and with BSD make; nothing changed, nothing made.
# timeout: 600
# sanitizers: no, there is no need
. "${0%/*}/../lib.sh"

new_root
src=$ROOT/src
cp -a "$POSTERN_BUILD/src" "$src"
cd "$src"

stale() { # make program: objects it would make
	"$1" -n all 2>&1 | sed -n 's/^echo "  CC \(.*\)"$/\1/p' | sort
}

includers() { # header: objects, by the compiler's own account
	find lib queue send local remote smtpd auth pop3d \( -name '*.st' -o \
	    -name '*.o' \) 2> /dev/null | sed 's/\.[a-z]*$//' | sort -u | while read -r base; do
		[ -f "$base.c" ] || continue
		cc -D_GNU_SOURCE -I. -MM "$base.c" 2> /dev/null |
		    tr ' \\' '\n\n' | grep -qx "$1" && echo "$base"
	done
}

for make in make bmake; do
	if ! command -v $make > /dev/null; then
		skip "needs $make" 4
		continue
	fi
	is "$(stale $make)" "" "$make: nothing to do"
	for header in queue/format.h lib/net/ip.h lib/os/confine.h; do
		touch "$header"
		includers "$header" > "$ROOT/wanted"
		stale $make | sed 's/\.[a-z]*$//' | sort -u > "$ROOT/all"
		same_file "$ROOT/all" "$ROOT/wanted" "$make: $header"
		touch -d 2001-01-01 "$header"
	done
done
done_testing

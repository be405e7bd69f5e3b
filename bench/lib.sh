# lib.sh - what the workloads of both sides share. Sourced by bench/inside.
#
# Each side (bench/postern.sh, bench/postfix.sh) offers NAME_install,
# NAME_start, NAME_stop, NAME_hold (outgoing mail waits from now on),
# NAME_release (and is tried now), NAME_sendmail (the program).

users=50
domain=bench.test
sides=${BENCH_SIDES-postern postfix}
cpu_group=/cgroup/bench.$$

seconds() { cut -d' ' -f1 /proc/uptime; }
median() { sort -n | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'; }
divide() { awk -v a="$1" -v b="$2" 'BEGIN { if (b > 0) printf "%.3f\n", a / b; else print "-" }'; }
inodes() { stat -f -c '%c %d' /bench | awk '{ print $1 - $2 }'; }

# in_group command...: the CPU time of the servers is counted there.
in_group() {
	mkdir -p "$cpu_group"
	sh -c 'echo $$ > "$0/cgroup.procs"; exec "$@"' "$cpu_group" "$@"
}

# The same for a background job, whose pid becomes the command's.
become_in_group() {
	mkdir -p "$cpu_group"
	exec sh -c 'echo $$ > "$0/cgroup.procs"; exec "$@"' "$cpu_group" "$@"
}

cpu_us() {
	awk '$1 == "usage_usec" { print $2 }' "$cpu_group/cpu.stat"
}

# All processes of the servers, and what they hold in memory (PSS, kB).
pss_kb() {
	for pid in $(cat "$cpu_group/cgroup.procs"); do
		awk '$1 == "Pss:" { print $2 }' "/proc/$pid/smaps_rollup"
	done 2> /dev/null | awk '{ n += $1 } END { print n }'
}

maildirs() {
	for i in $(seq $users); do
		echo "/bench/home/u$i/Maildir"
	done
}

empty_maildirs() {
	for i in $(seq $users); do
		home=/bench/home/u$i
		rm -rf "$home"
		mkdir -p "$home/Maildir/new" "$home/Maildir/cur" \
		    "$home/Maildir/tmp"
		chown -R "u$i:u$i" "$home"
	done
	sync
}

# timed_delivery SIDE DELIVERIES command...: rate and CPU (ms) a delivery
timed_delivery() {
	side=$1
	deliveries=$2
	shift 2
	empty_maildirs
	"${side}_start"
	BENCH_INODES=$(inodes)
	export BENCH_INODES
	cpu=$(cpu_us)
	begin=$(seconds)
	"$@" > /bench/load.out 2>&1 || { cat /bench/load.out >&2; }
	accepted=$(seconds)
	# shellcheck disable=SC2046
	found=$(/bench/bin/maildirwait "$deliveries" 120 $(maildirs)) ||
	    echo "# $side: only $found of $deliveries" >&2
	end=$(seconds)
	cpu=$(($(cpu_us) - cpu))
	"${side}_stop"
	awk -v n="$deliveries" -v b="$begin" -v e="$end" -v a="$accepted" \
	    -v c="$cpu" 'BEGIN {
		printf "%.0f %.3f %.0f\n", n / (e - b), c / n / 1000, n / (a - b)
	}'
}

# alternate WORKLOAD command...: the rounds, sides in turn; medians and ratio.
# command SIDE prints: rate, CPU in ms, rate of acceptance
alternate() {
	name=$1
	shift
	rm -f /bench/result.*
	for round in $(seq "$BENCH_ROUNDS"); do
		for side in $sides; do
			line=$("$@" "$side")
			echo "$line" >> "/bench/result.$side"
			echo "# $name round $round $side: $line"
		done
	done
	[ -s /bench/result.postern ] && [ -s /bench/result.postfix ] || return 0
	for field in 1 2; do
		a=$(cut -d' ' -f$field /bench/result.postern | median)
		b=$(cut -d' ' -f$field /bench/result.postfix | median)
		[ $field = 1 ] && unit='/s' || unit=' ms CPU each'
		echo "$name: postern $a$unit, postfix $b$unit," \
		    "ratio $(divide "$a" "$b")"
	done
}

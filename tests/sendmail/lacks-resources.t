#!/bin/sh
# Without descriptors, memory or processes: all or nothing, and a code that
# says try again.
# sanitizers: no, since they take memory and make calls of their own
. "${0%/*}/../lib.sh"
need postern-queue
. "$TOP/tests/sendmail/front.sh"
unset POSTERNQUEUE
{
	printf 'From: a@b.c\nTo: x@y.z\nSubject: s\n\n'
	awk 'BEGIN { for (i = 0; i < 3000; i++) print "line " i " of many" }'
} > "$ROOT/in"

# judge WHAT LIMIT VALUE...: for each value of this ulimit
judge() {
	j_what=$1
	j_limit=$2
	shift 2
	j_bad=
	j_good=0
	for value; do
		rm -f "$ROOT"/queue/new/*
		sh -c 'ulimit "$1" "$2" 2> /dev/null || exit 71
		    exec "$3" -i -t' - "$j_limit" "$value" "$sendmail" \
		    < "$ROOT/in" > /dev/null 2>&1
		code=$?
		n=$(count_files "$ROOT/queue/new")
		case $code/$n in
		0/1) j_good=$((j_good + 1)) ;;
		7[0134]/0) ;;
		12[67]/0 | 139/0 | 137/0) ;;	# the kernel could not start it
		*) j_bad="$j_bad $value:$code/$n" ;;
		esac
	done
	is "$j_bad" '' "$j_what: queued and 0, or neither"
	ok "$j_what: enough is enough" [ "$j_good" -gt 0 ]
}
judge descriptors -n 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 20 24 32
judge memory -v 300 400 500 600 700 800 1000 1200 1500 2000 4000 16000
judge "file size" -f 0 1 2 8 64 100000
judge stack -s 16 32 64 128 256 512 8192

for fd in 0 1 2 12 012 3456; do
	rm -f "$ROOT"/queue/new/*
	case $fd in
	0) "$sendmail" x@y.z <&- 2> /dev/null ;;
	1) "$sendmail" x@y.z < "$ROOT/in" >&- ;;
	2) "$sendmail" x@y.z < "$ROOT/in" 2>&- ;;
	12) "$sendmail" x@y.z < "$ROOT/in" >&- 2>&- ;;
	012) "$sendmail" x@y.z <&- >&- 2>&- ;;
	3456) "$sendmail" x@y.z < "$ROOT/in" 3< /dev/null 4< /dev/null \
	    5< /dev/null 6< /dev/null ;;
	esac
	code=$?
	n=$(count_files "$ROOT/queue/new")
	case $code/$n in
	0/1 | 7[0134]/0) pass "descriptors $fd closed, or in the way" ;;
	*) fail "descriptors $fd closed, or in the way: $code, $n in the queue" ;;
	esac
done
done_testing

#!/bin/sh
# postern-run [-n] [-p] - the whole mail system in the foreground, for
# containers and for machines without a supervisor. See postern-run(8).
# Made from service/postern-run.sh.
PATH=@BIN@:/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin
export PATH

# One program, started again a second after it has ended. TERM and HUP are
# passed on.
keep() {
	child=
	trap 'trap "" TERM; [ -z "$child" ] || kill "$child" 2> /dev/null
	    wait $child; exit 0' TERM INT
	trap '[ -z "$child" ] || kill -HUP "$child"' HUP
	while :; do
		"$@" &
		child=$!
		wait "$child"
		status=$?
		# a signal to us ends the wait, not the child
		while kill -0 "$child" 2> /dev/null; do
			wait "$child"
			status=$?
		done
		echo "postern-run: $1 ended with status $status" >&2
		child=
		sleep 1
	done
}

smtp=yes
pop3=
while getopts np option; do
	case $option in
	n) smtp= ;;
	p) pop3=yes ;;
	*) exit 100 ;;
	esac
done

keep postern-start &
start=$!
listen=
if [ -n "$smtp" ]; then
	keep postern-listen &
	listen=$!
fi
if [ -n "$pop3" ]; then
	keep postern-listen pop3 &
	listen="$listen $!"
fi
# shellcheck disable=SC2086
trap 'kill $listen $start 2> /dev/null; wait; exit 0' TERM INT
trap 'kill -HUP $start' HUP
while :; do
	wait
done

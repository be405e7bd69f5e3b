# postern-run: mail is delivered; what dies is started again and no mail is
# lost; TERM ends all of it.
. "${0%/*}/../lib.sh"
need postern-run postern-start postern-smtpd tcpserver tcpclient
new_root
port=$(python3 -c 'import socket; s = socket.socket()
s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
control smtpport "$port"
control smtpaddress 127.0.0.1
control locals
control virtualdomains "test.example:alias"
mkdir -p "$ROOT/alias/Maildir/new" "$ROOT/alias/Maildir/cur" "$ROOT/alias/Maildir/tmp"
echo "$ROOT/alias/Maildir/" > "$ROOT/alias/.qmail-default"

cat > "$ROOT/talk" << 'X'
reply() {
	while read -r line <&6; do
		case $line in
		???-*) ;;
		[23]*) return 0 ;;
		*) exit 1 ;;
		esac
	done
	exit 1
}
tell() { printf '%s\r\n' "$@" >&7; }
reply; tell "HELO localhost"
reply; tell "MAIL FROM:<>"
reply; tell "RCPT TO:<box@test.example>"
reply; tell "DATA"
reply; tell "Subject: $1" "" "text" .
reply; tell QUIT
X
send_one() { tcpclient -RHl0 127.0.0.1 "$port" sh "$ROOT/talk" "$1"; }
arrived() { grep -rqs "^Subject: $1" "$ROOT/alias/Maildir/new"; }
answers() { tcpclient -RHl0 127.0.0.1 "$port" true; }

in_background run postern-run
run=$pid
ok "listens" wait_for 90 answers
ok "takes requests" wait_for 90 test -S "$ROOT/queue/control"
ok "takes a message" wait_for 90 send_one first
ok "delivers it" wait_for 90 arrived first || diag "$(tail "$ROOT/log/run")"

victim() { # the process of that name in our group
	ps -e -o pid=,pgid=,args= | awk -v g="$run" -v n="$1" \
	    '$2 == g && $0 ~ n { print $1; exit }'
}
for name in postern-send postern-lspawn tcpserver; do
	killed=$(victim "$name")
	ok "$name is killed" kill -KILL "$killed"
	wait_for 90 answers
	ok "  mail is taken again" wait_for 90 send_one "after-$name"
	ok "  and delivered" wait_for 90 arrived "after-$name" ||
	    diag "$(tail "$ROOT/log/run")"
done

control queuelifetime week
kill -HUP "$run"
ok "HUP has the settings read again" wait_for 90 \
    grep -q 'unable to reread queuelifetime' "$ROOT/log/run"

kill -TERM "$run"
ended() { case $(ps -o stat= -p "$run") in '' | Z*) ;; *) return 1 ;; esac; }
ok "TERM ends it" wait_for 90 ended
none_left() {
	! ps -e -o pgid=,stat= | awk -v g="$run" '$1 == g && $2 !~ /^Z/' |
	    grep -q .
}
ok "and all that it started" wait_for 90 none_left ||
    diag "$(ps -e -o pid,pgid,args | grep "$run")"
done_testing

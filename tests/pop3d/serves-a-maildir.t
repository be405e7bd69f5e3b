# A POP3 session numbers, tells, sends and removes what lies in the Maildir,
# and changes nothing before QUIT.
. "${0%/*}/../lib.sh"
need python3 postern-pop3d
new_root
chmod 755 "$ROOT" "$ROOT/home"
python3 "$TOP/tests/pop3d/session.py" "$ROOT" "$BIN/postern-pop3d" \
    > "$ROOT/said" 2>&1
status=$?
while IFS= read -r line; do
	case $line in
	"ok "*) pass "${line#ok }" ;;
	"not ok "*) fail "${line#not ok }" ;;
	*) diag "$line" ;;
	esac
done < "$ROOT/said"
is $status 0 "all of it ran"
done_testing

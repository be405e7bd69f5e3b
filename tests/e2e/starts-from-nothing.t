# postern-start makes a queue that has been lost, all of it, as make install
# does; and says of a companion that has died which one it was.
. "${0%/*}/lib.sh"
# Sockets are made at each start, and installation needs none; what runs on this
# machine may have left its own.
whole() { find $Q ! -type s -printf '%P %y %u %g %m\n' | sort; }

installed=$(whole)
rm -r $Q
postern_up
is "$(whole)" "$installed" 'a lost queue is as installed' ||
    diag "$(cat "$LOG/start")"
printf 'Subject: x\n\n' | sendmail alice
ok 'and works' wait_for 20 has_mail alice 1
chown alice $Q/login
chmod 711 $Q/empty
postern_down
postern_up
is "$(whole)" "$installed" 'so is one that was changed'
postern_down

for victim in postern-users postern-lspawn postern-rspawn postern-queue \
    postern-auth; do
	postern_up
	pkill -KILL -x -P "$(pgrep -x -o postern-send)" "$victim"
	ok "$victim is missed" wait_for 20 \
	    grep -q "oh no! lost ${victim}\$" "$LOG/start" ||
	    diag "$(tail -n 20 "$LOG/start")"
	postern_down
done

# Process 1 of a container inherits what others leave behind.
echo "|(sleep 1; echo gone >> orphan) & echo" > ~alice/.qmail
chown alice ~alice/.qmail
in_background start unshare -p -f --kill-child postern-start
ok 'as process 1 it works' wait_for 20 postern-ctl status
printf 'Subject: x\n\n' | sendmail alice
ok 'an orphan ends' wait_for 20 grep -q gone ~alice/orphan
printf 'Subject: x\n\n' | sendmail bob
ok 'and is not missed' wait_for 20 has_mail bob 1 ||
    diag "$(tail -n 20 "$LOG/start")"
unlike "$(tail -n 3 "$LOG/start")" lost 'by anybody'
done_testing

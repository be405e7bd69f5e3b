# mbox files: what could not be finished is taken back, locks of others are
# waited for, old ones are broken, and no fault of ours is for good.
# timeout: 240
# sanitizers: no, since they take memory and make calls of their own
. "${0%/*}/../lib.sh"
need postern-local strace python3
new_root
H=$ROOT/home/joe
mkdir -m 700 "$H"
M=$ROOT/message
awk 'BEGIN { print "Subject: x\n"; for (i = 0; i < 3000; i++) print "From line", i }' > "$M"
put() { # [COMMAND...]: delivers to $H/mbox, by strace options perhaps
	out=$("$@" postern-local joe "$H" joe '' '' test.example s@x.example ./mbox < "$M" 2>&1)
	code=$?
}
put
is "$code" 0 'delivered'
cp "$H/mbox" "$ROOT/before"
n=0
for what in write:error=ENOSPC:when=2 write:error=ENOSPC:when=5 \
    write:error=EDQUOT:when=1 fsync:error=EIO:when=1 pread64:error=EIO:when=3 \
    openat:error=EROFS:when=1 open:error=EROFS:when=1+ open:error=EACCES:when=1+ \
    fcntl:error=ENOLCK:when=1+ linkat:error=EIO:when=1 link:error=EIO:when=1+; do
	put strace -f -o /dev/null -e "inject=$what"
	[ "$code" = 111 ] || [ "$code" = 0 ] || is "$code" 111 "$what is for now"
	if [ "$code" = 111 ]; then
		same_file "$H/mbox" "$ROOT/before" "$what: taken back"
		n=$((n + 1))
	else
		cp "$ROOT/before" "$H/mbox"
	fi
done
ok 'most of these failed' [ "$n" -ge 5 ]
is "$(ls -A "$H")" mbox 'no lock is left'

rm "$H/mbox"
put strace -f -o /dev/null -e inject=fsync:error=EIO:when=2
is "$code" 111 'a new file whose name cannot be flushed is for now'
is "$(stat -c %s "$H/mbox")" 0 'and holds nothing'
put strace -f -o "$ROOT/calls" -e trace=fsync
is "$code" 0 'delivered again'
is "$(grep -c 'fsync(' "$ROOT/calls")" 2 'the file and its directory are flushed'
put strace -f -o "$ROOT/calls" -e trace=fsync
is "$(grep -c 'fsync(' "$ROOT/calls")" 1 'once: later the file alone'

printf 'a line without an end' > "$H/mbox"
put
is "$(sed -n 1p "$H/mbox")" 'a line without an end' 'a message begins'
like "$(sed -n 2p "$H/mbox")" '^From s@x.example ' 'at the start of a line'

: > "$H/mbox.lock"
touch -d '10 minutes ago' "$H/mbox.lock"
put
is "$code" 0 'an old lock is broken'
python3 - "$H/mbox" "$ROOT/ready" <<'END' &
import fcntl, sys, time, os
f = open(sys.argv[1], 'a')
fcntl.lockf(f, fcntl.LOCK_EX)
open(sys.argv[2], 'w').close()
time.sleep(1.5)
END
wait_for 10 test -e "$ROOT/ready"
t0=$(date +%s%N)
put
is "$code" 0 'a fcntl lock of another is waited for'
ok 'for as long as it takes' [ $((($(date +%s%N) - t0) / 1000000)) -ge 1000 ]
(sleep 300 & echo $! > "$ROOT/pid"; : > "$H/mbox.lock"; wait) 2> /dev/null &
wait_for 10 test -e "$H/mbox.lock"
cp "$H/mbox" "$ROOT/before"
t0=$(date +%s)
put
is "$code" 111 'a lock that stays is for now'
like "$out" 'Unable to lock' 'and told'
ok 'after half a minute' [ $(($(date +%s) - t0)) -le 90 ]
same_file "$H/mbox" "$ROOT/before" 'nothing was written'
kill "$(cat "$ROOT/pid")"
rm "$H/mbox.lock"

# hostile and odd files
ln -s /dev/zero "$H/.qmail"
out=$(timeout 20 postern-local joe "$H" joe '' '' t.example '' ./mbox2 < "$M" 2>&1)
is $? 0 '.qmail is an endless device: none'
rm "$H/.qmail"
mkdir "$H/.qmail"
out=$(postern-local joe "$H" joe '' '' t.example '' ./mbox2 < "$M" 2>&1)
is $? 0 '.qmail is a directory: none'
rmdir "$H/.qmail"
ln -s .qmail "$H/.qmail"
out=$(postern-local joe "$H" joe '' '' t.example '' ./mbox2 < "$M" 2>&1)
is $? 111 '.qmail is a loop: for now'
rm "$H/.qmail"
yes '# a comment of forty bytes, all of them....' | head -c 5000000 > "$H/.qmail"
chmod 600 "$H/.qmail"
out=$(postern-local joe "$H" joe '' '' t.example '' ./mbox2 < "$M" 2>&1)
is $? 111 '.qmail is huge: for now'
head -c 100000 /dev/zero | tr '\0' x > "$H/.qmail"
out=$(QMAILQUEUE=/bin/true postern-local joe "$H" joe '' '' t.example '' '' < "$M" 2>&1)
isnt $? 0 'an endless address'
head -c 100000 /dev/zero | tr '\0' / > "$H/.qmail"
out=$(postern-local joe "$H" joe '' '' t.example '' '' < "$M" 2>&1)
is $? 111 'an endless directory'
printf '|exit 0\0exit 100\n' > "$H/.qmail"
out=$(postern-local joe "$H" joe '' '' t.example '' '' < "$M" 2>&1)
is $? 0 'a command ends at its NUL'
if [ "$(id -u)" != 0 ]; then
	chmod 000 "$H/.qmail"
	out=$(postern-local joe "$H" joe '' '' t.example '' '' < "$M" 2>&1)
	is $? 111 'an unreadable .qmail: for now'
else
	skip 'root may read all'
fi
done_testing

# make install config in a copy that tools/rootless has built: all that it needs
# to run is below its directory, and its mail is for whoever has built it.
# sanitizers: no, there is no need
. "${0%/*}/../lib.sh"
need postern-queue

new_root
dest=$ROOT/dest
copy=$dest$POSTERN_BUILD
readied() {
	${MAKE:-make} -s -C "$POSTERN_BUILD/src" install config \
	    DESTDIR="$dest" > "$ROOT/log/install" 2>&1
}
ok 'install and config' readied
unlike "$(cat "$ROOT/log/install")" 'head:|not as root' 'and they have no complaints'
is "$(find "$dest" ! -path "$copy*" ! -type d)" '' 'nothing lies elsewhere'
for name in bin/sendmail queue/trigger control/me; do
	ok "$name is there" test -e "$copy/$name"
done
is "$(cat "$copy/alias/.qmail-postmaster")" "&$(id -un)" \
    "postmaster's mail is its owner's"
done_testing

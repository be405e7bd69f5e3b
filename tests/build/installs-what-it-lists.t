# make install below DESTDIR: everything tools/manifest lists, with its mode;
# twice gives the same; configuration and mail stay; uninstall takes only
# what install brought.
# sanitizers: no, there is no need
. "${0%/*}/../lib.sh"

new_root
cd "$TOP"
dest=$ROOT/dest
control=$dest$(head -n 1 conf-files/control)
queue=$dest$(head -n 1 conf-files/queue)
make=${MAKE:-make}
$make -s all > "$ROOT/log/make" 2>&1 || skip_all "does not build"
programs=$($make -s programs)

install() {
	$make -s install DESTDIR="$dest" > "$ROOT/log/install" 2>&1
}

is_owned() { # path user:group
	[ "$(id -u)" = 0 ] && [ "$(stat -c %U:%G "$dest$1")" = "$2" ]
}

everything_is_there() {
	# shellcheck disable=SC2086
	sh tools/manifest $programs > "$ROOT/manifest"
	while read -r kind path owner group mode source; do
		case $kind in
		l) wanted=l && got=$(readlink "$dest$path" > /dev/null && echo l) ;;
		d) wanted=d && got=$([ -d "$dest$path" ] && echo d) ;;
		*)
			wanted=${mode#0}
			[ "$kind" != f ] ||
			    is_owned "$path" "$owner:$group" ||
			    wanted=${mode#?}
			got=$(stat -c %a "$dest$path" 2>&1)
			;;
		esac
		[ "$got" = "$wanted" ] || {
			diag "$path: $got, not $wanted"
			return 1
		}
		[ "$kind" != f ] || cmp "$dest$path" "$source" || return 1
	done < "$ROOT/manifest"
}

ok "installs" install
ok "everything is in its place, with its mode" everything_is_there
queue_program=$dest$(head -n 1 conf-files/bin)/postern-queue
case $(stat -c %U "$queue_program") in
postern-q) wanted=4711 ;;
*) wanted=711 ;;
esac
is "$(stat -c %a "$queue_program")" "$wanted" \
    "postern-queue is set-id to its own user or not at all"

echo mine > "$control/me"
echo mail > "$queue/new/0000000000000001"
touch -d 2001-01-01 "$control/me"
find "$dest" -printf '%p %m %l\n' | sort > "$ROOT/before"
ok "installs again" install
find "$dest" -printf '%p %m %l\n' | sort > "$ROOT/after"
same_file "$ROOT/before" "$ROOT/after" "with the same result"
is "$(cat "$control/me")" mine "configuration is kept"
is "$(cat "$queue/new/0000000000000001")" mail "mail is kept"

DESTDIR=$dest sh tools/config mail.shop.example > "$ROOT/log/config"
is "$(cat "$control/me")" mine "make config keeps a file that is there"
is "$(cat "$control/rcpthosts" | head -n 1)" mail.shop.example \
    "and writes those that are not"
is "$(cat "$control/defaultdomain")" shop.example "with the right domain"

mkdir -p "$dest/usr/lib"
ln -sfn /usr/bin/other "$dest/usr/lib/sendmail"
install
is "$(readlink "$dest/usr/lib/sendmail")" /usr/bin/other \
    "another's sendmail is left alone"
case $programs in
*sendmail*)
	like "$(cat "$ROOT/log/install")" \
	    "/usr/lib/sendmail is another program" "and that is said"
	;;
esac

if command -v bmake > /dev/null; then
	find "$dest" -printf '%p %m %l\n' | sort > "$ROOT/before"
	ok "installs by BSD make" bmake -s install DESTDIR="$dest"
	find "$dest" -printf '%p %m %l\n' | sort > "$ROOT/after"
	same_file "$ROOT/before" "$ROOT/after" "with the same result"
else
	skip "needs bmake" 2
fi

ok "uninstalls" $make -s uninstall DESTDIR="$dest"
is "$(find "$dest" -type f ! -path "$control/*" ! -path "$queue/*" \
    ! -path "$dest/var/lib/*")" "" "no program and no page is left"
is "$(cat "$control/me")" mine "configuration stays"
is "$(cat "$queue/new/0000000000000001")" mail "mail stays"
is "$(readlink "$dest/usr/lib/sendmail")" /usr/bin/other \
    "another's sendmail stays"
done_testing

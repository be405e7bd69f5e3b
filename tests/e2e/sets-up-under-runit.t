# setup on a fresh machine with runit: the run directories under runsvdir.
init=
command -v runsvdir > /dev/null || {
	echo '1..0 # SKIP needs runsvdir'
	exit 0
}
. "${0%/*}/fresh.sh"
rm -f /usr/bin/multilog /usr/bin/svc	# no daemontools here
mkdir /etc/service
in_background runit runsvdir -P /etc/service

said() { echo runsvdir; }
logger() { echo svlogd; }
up() { sv up "$1" > /dev/null; }
down() { sv -w 30 down "$1" > /dev/null; }
again() { sv -w 30 restart "$1" > /dev/null; }
is_up() { sv status "$1" | grep -q '^run: '; }
is_down() { sv status "$1" | grep -q '^down: '; }
. "$TOP/tests/e2e/scanned.sh"

# setup on a fresh machine with daemontools: the run directories under svscan.
init=
command -v svscan > /dev/null || {
	echo '1..0 # SKIP needs svscan'
	exit 0
}
. "${0%/*}/fresh.sh"
rm -f /usr/bin/svlogd /usr/bin/sv	# no runit here
mkdir /etc/service
in_background daemontools svscan /etc/service

said() { echo svscan; }
logger() { echo multilog; }
up() { svc -u "$1"; }
down() { svc -d "$1"; }
again() { svc -t "$1"; }
is_up() { svstat "$1" | grep -q ': up '; }
is_down() { svstat "$1" | grep -q ': down '; }
. "$TOP/tests/e2e/scanned.sh"

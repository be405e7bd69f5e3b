# unprivileged.sh - goes on as somebody else where the test runs as root, since
# the server refuses root: in a copy, as others may not see the checkout. To be
# sourced before tests/lib.sh.
# shellcheck shell=sh
if [ "$(id -u)" = 0 ]; then
	here=$(cd "${0%/*}" && pwd)
	copy=$(mktemp -d)
	trap 'rm -rf "$copy"' EXIT
	trap 'exit 1' HUP INT TERM
	mkdir "$copy/tests"
	cp -R "$here" "$here/../auth" "$here/../lib.sh" "$copy/tests"
	chmod -R a+rX "$copy"
	TOP=$copy POSTERN_BUILD=${POSTERN_BUILD:-${here%/tests/*}/.rootless} \
	    setpriv --reuid=65534 --regid=65534 --clear-groups \
	    sh "$copy/tests/pop3d/${0##*/}"
	exit
fi

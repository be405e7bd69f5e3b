#!/bin/sh
# postern-listen - hear SMTP on port 25, in the foreground: tcpserver, and a
# postern-smtpd as @USER_SMTPD@ for each connection. See postern-listen(8).
# Made from service/postern-listen.sh.
control=@CONTROL@
bin=@BIN@
rootless=@ROOTLESS@
PATH=$bin:/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin
export PATH

setting() { # file default
	value=$(head -n 1 "$control/$1" 2> /dev/null)
	echo "${value:-$2}"
}

set --
if [ "$rootless" = yes ]; then
	echo "postern-listen: warning: built to run without root: sessions" \
	    "run as uid $(id -u)" >&2
elif uid=$(id -u @USER_SMTPD@) && gid=$(id -g @USER_SMTPD@); then
	set -- -u "$uid" -g "$gid"
else
	echo "postern-listen: fatal: no user @USER_SMTPD@" >&2
	exit 111
fi
command -v tcpserver > /dev/null || {
	echo "postern-listen: fatal: no tcpserver (ucspi-tcp-ipv6)" >&2
	exit 111
}

# Who may connect, who may relay: rules become a cdb when they change.
rules=$control/tcp.smtp
if [ -f "$rules" ] &&
    { [ ! -f "$rules.cdb" ] || [ -n "$(find "$rules" -newer "$rules.cdb")" ]; }
then
	tcprules "$rules.cdb" "$rules.tmp" < "$rules" || {
		echo "postern-listen: fatal: cannot compile $rules" >&2
		exit 111
	}
	chmod 0644 "$rules.cdb"
fi
[ ! -f "$rules.cdb" ] || set -- "$@" -x "$rules.cdb"

exec tcpserver -R -H -l "$(setting me localhost)" \
    -c "$(setting concurrencyincoming 100)" -b 100 "$@" \
    "$(setting smtpaddress 0)" "$(setting smtpport 25)" "$bin/postern-smtpd"

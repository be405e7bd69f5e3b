#!/bin/sh
# postern-listen - hear SMTP on port 25, in the foreground: tcpserver, and a
# postern-smtpd as @USER_SMTPD@ for each connection. See postern-listen(8).
# Made from service/postern-listen.sh.
control=@CONTROL@
bin=@BIN@
PATH=$bin:/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin
export PATH

setting() { # file default
	value=$(head -n 1 "$control/$1" 2> /dev/null)
	echo "${value:-$2}"
}

uid=$(id -u @USER_SMTPD@) && gid=$(id -g @USER_SMTPD@) || {
	echo "postern-listen: fatal: no user @USER_SMTPD@" >&2
	exit 111
}
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
set --
[ ! -f "$rules.cdb" ] || set -- -x "$rules.cdb"

exec tcpserver -R -H -l "$(setting me localhost)" \
    -c "$(setting concurrencyincoming 100)" -b 100 \
    -u "$uid" -g "$gid" "$@" \
    "$(setting smtpaddress 0)" "$(setting smtpport 25)" "$bin/postern-smtpd"

#!/bin/sh
# postern-listen [smtp|pop3] - hear SMTP on port 25, or POP3 on port 110, in the
# foreground: tcpserver, and for each connection a postern-smtpd as
# @USER_SMTPD@, or a postern-pop3-login. See postern-listen(8).
# Made from service/postern-listen.sh.
control=@CONTROL@
bin=@BIN@
rootless=@ROOTLESS@
PATH=$bin:/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin
export PATH

fatal() { # exit status, what
	echo "postern-listen: fatal: $2" >&2
	exit "$1"
}

setting() { # file default
	value=$(head -n 1 "$control/$1" 2> /dev/null)
	echo "${value:-$2}"
}

service=${1-smtp}
case $service in
smtp) port=25 most=$(setting concurrencyincoming 100) ;;
pop3) port=110 most=$(setting concurrencypop3 200) ;;
*) fatal 100 "usage: postern-listen [smtp|pop3]" ;;
esac

set --
if [ "$rootless" = yes ]; then
	echo "postern-listen: warning: built to run without root: sessions" \
	    "run as uid $(id -u)" >&2
elif [ "$service" = smtp ]; then
	uid=$(id -u @USER_SMTPD@) && gid=$(id -g @USER_SMTPD@) ||
	    fatal 111 "no user @USER_SMTPD@"
	set -- -u "$uid" -g "$gid"
fi
command -v tcpserver > /dev/null ||
    fatal 111 "no tcpserver (ucspi-tcp-ipv6)"

# Who may connect, who may relay: rules become a cdb when they change.
rules=$control/tcp.$service
if [ -f "$rules" ] &&
    { [ ! -f "$rules.cdb" ] || [ -n "$(find "$rules" -newer "$rules.cdb")" ]; }
then
	tcprules "$rules.cdb" "$rules.tmp" < "$rules" ||
	    fatal 111 "cannot compile $rules"
	chmod 0644 "$rules.cdb"
fi
[ ! -f "$rules.cdb" ] || set -- "$@" -x "$rules.cdb"

set -- -R -H -l "$(setting me localhost)" -c "$most" -b 100 "$@" \
    "$(setting "${service}address" 0)" "$(setting "${service}port" "$port")"
if [ "$service" = smtp ]; then
	exec tcpserver "$@" "$bin/postern-smtpd"
fi
exec tcpserver "$@" "$bin/postern-pop3-login" -d "$bin/postern-pop3d" Maildir

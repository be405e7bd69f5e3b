# postfix.sh - Debian's Postfix as it comes, delivering to Maildirs.

postfix_install() {
	mkdir -p /bench
	if ! mountpoint -q /var/spool/postfix; then
		cp -a /var/spool/postfix /bench/
		mount --bind /bench/postfix /var/spool/postfix
	fi
	cat > /etc/postfix/main.cf <<-EOF
	compatibility_level = 3.6
	myhostname = $domain
	mydestination = $domain
	mynetworks = 127.0.0.0/8
	inet_protocols = ipv4
	inet_interfaces = 127.0.0.1
	home_mailbox = Maildir/
	alias_maps =
	alias_database =
	biff = no
	EOF
	cp /usr/share/postfix/master.cf.dist /etc/postfix/master.cf
	postfix set-permissions > /dev/null 2>&1 || true
	newaliases 2> /dev/null || true
}

postfix_start() {
	in_group postfix start > /bench/postfix.out 2>&1 ||
	    { cat /bench/postfix.out >&2; exit 1; }
}

postfix_stop() {
	postfix stop > /bench/postfix.out 2>&1 || true
	postsuper -d ALL > /dev/null 2>&1 || true
}

postfix_hold() {
	postconf -e 'defer_transports = smtp'
	postfix reload > /dev/null 2>&1
}

postfix_release() {
	postconf -e 'defer_transports ='
	postfix reload > /dev/null 2>&1
	postqueue -f
}

postfix_sendmail=/usr/sbin/sendmail

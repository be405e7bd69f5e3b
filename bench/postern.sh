# postern.sh - postern as it is installed, delivering to Maildirs.

postern_install() {
	mkdir -p /tmp/postern-build
	(cd /source && tar cf - --exclude=.git --exclude=.rootless \
	    --exclude=.e2e --exclude='*.o' --exclude='*.st' .) |
	    (cd /tmp/postern-build && tar xpf -)
	make -C /tmp/postern-build -s clean > /dev/null
	make -C /tmp/postern-build -s all install > /bench/build.log 2>&1
	mkdir -p /bench
	if ! mountpoint -q /var/spool/postern; then
		cp -a /var/spool/postern /bench/
		mount --bind /bench/postern /var/spool/postern
	fi
	echo "$domain" > /etc/postern/me
	echo "$domain" > /etc/postern/locals
	echo "$domain" > /etc/postern/rcpthosts
	echo ./Maildir/ > /etc/postern/defaultdelivery
	echo 100 > /etc/postern/concurrencyremote
	echo 100 > /etc/postern/concurrencylocal
	# the other hosts of the workloads are addresses of this one
	echo 10.66.0.0/16 > /etc/postern/notipme
}

# In keep_running, what runs is neither started nor stopped.
postern_start() {
	[ -z "${keep_running-}" ] || return 0
	become_in_group postern-start > /bench/postern.log 2>&1 &
	postern_pid=$!
	RELAYCLIENT='' become_in_group tcpserver -H -R -l 0 -c 300 -b 200 \
	    -u "$(id -u postern-d)" -g "$(id -g postern-d)" 127.0.0.1 25 \
	    postern-smtpd > /bench/smtpd.log 2>&1 &
	tcpserver_pid=$!
	until postern-ctl status > /dev/null 2>&1; do :; done
}

postern_stop_only() {
	kill "$tcpserver_pid" "$postern_pid"
	wait "$tcpserver_pid" "$postern_pid" || true
}

postern_stop() {
	[ -z "${keep_running-}" ] || return 0
	postern_stop_only
	postern_empty
}

postern_empty() {
	find /var/spool/postern -type f -path '*/[cn][ue][rw]/*' -delete
}

postern_deferred() { find /var/spool/postern/cur -type f ! -name '*.*' | wc -l; }

postern_hold() {
	echo 0 > /etc/postern/concurrencyremote
	kill -HUP "$postern_pid"
}

postern_release() {
	echo 100 > /etc/postern/concurrencyremote
	kill -HUP "$postern_pid"
}

postern_sendmail=/usr/local/bin/postern-sendmail

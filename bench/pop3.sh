# pop3.sh - POP3: postern against Dovecot and Courier, on one Maildir.
#
# The users "u49" and "u50" have the same 50,000 messages (460 MB), u49's with the
# sizes in their names as postern-local and Dovecot's own delivery give them,
# u50's without. Passwords of all users are "secret", as sha512-crypt with the
# default rounds: in the shadow file, and for Dovecot in a passwd-file. Sourced
# by bench/inside.

pop3_messages=50000

pop3_people() {
	hash=$(openssl passwd -6 secret)
	echo "$hash" > /bench/hash
	for i in $(seq $users); do
		usermod -p "$hash" "u$i"
	done
	empty_maildirs
	python3 bench/make_maildir.py /bench/home/u49/Maildir $pop3_messages
	python3 bench/make_maildir.py /bench/home/u50/Maildir $pop3_messages bare
	chown -R u49:u49 /bench/home/u49
	chown -R u50:u50 /bench/home/u50
	du -sh --apparent-size /bench/home/u49/Maildir
}

# What each generation of Dovecot calls it.
dovecot_settings_2_3() {
	cat <<-EOF
	disable_plaintext_auth = no
	mail_location = maildir:~/Maildir
	passdb {
	  driver = passwd-file
	  args = scheme=SHA512-CRYPT /bench/dovecot.users
	}
	userdb {
	  driver = passwd
	}
	EOF
}
dovecot_settings_2_4() {
	cat <<-EOF
	dovecot_config_version = 2.4.0
	dovecot_storage_version = 2.4.0
	auth_allow_cleartext = yes
	mail_driver = maildir
	mail_path = ~/Maildir
	passdb passwd-file {
	  passwd_file_path = /bench/dovecot.users
	  default_password_scheme = SHA512-CRYPT
	}
	userdb passwd {
	}
	EOF
}
dovecot_settings() {
	case $(dovecot --version) in
	2.[0-3].*) dovecot_settings_2_3 ;;
	*) dovecot_settings_2_4 ;;
	esac
	cat <<-EOF
	protocols = pop3
	listen = 127.0.0.1
	ssl = no
	auth_mechanisms = plain
	log_path = /bench/dovecot.log
	service pop3-login {
	  inet_listener pop3 {
	    port = 110
	  }
	  process_limit = 200
	}
	service pop3 {
	  process_limit = 200
	}
	service anvil {
	  client_limit = 2000
	}
	EOF
}

dovecot_pop3_start() {
	dovecot_settings > /bench/dovecot.conf
	for i in $(seq $users); do
		printf 'u%d:%s\n' "$i" "$(cat /bench/hash)"
	done > /bench/dovecot.users
	become_in_group dovecot -c /bench/dovecot.conf -F > /bench/dovecot.out 2>&1 &
	pop3_pid=$!
}
dovecot_pop3_stop() {
	kill "$pop3_pid"
	wait "$pop3_pid" || true
}

courier_pop3_start() {
	mkdir -p /run/courier/authdaemon
	chown courier:courier /run/courier/authdaemon 2> /dev/null || true
	in_group authdaemond start > /bench/courier.out 2>&1 || true
	# later ones ask nobody, and do not know the option
	no_ident=
	! grep -q noidentlookup "$(command -v couriertcpd)" ||
	    no_ident=-noidentlookup
	become_in_group couriertcpd -address=127.0.0.1 -maxprocs=200 -maxperip=200 \
	    -maxperc=200 -nodnslookup $no_ident 110 \
	    /usr/lib/courier/courier/courierpop3login \
	    /usr/lib/courier/courier/courierpop3d Maildir \
	    >> /bench/courier.out 2>&1 &
	pop3_pid=$!
}
courier_pop3_stop() {
	kill "$pop3_pid"
	wait "$pop3_pid" || true
	timeout 10 authdaemond stop > /dev/null 2>&1 || true
	pkill -x authdaemond || true
}

postern_pop3_start() {
	# only what POP3 needs: the auth door and the listener
	become_in_group postern-start > /bench/postern.log 2>&1 &
	postern_pid=$!
	become_in_group tcpserver -H -R -l 0 -c 200 -b 200 127.0.0.1 110 \
	    postern-pop3-login -d postern-pop3d Maildir \
	    > /bench/pop3.log 2>&1 &
	pop3_pid=$!
	until postern-ctl status > /dev/null 2>&1; do :; done
}
postern_pop3_stop() {
	kill "$pop3_pid" "$postern_pid"
	wait "$pop3_pid" "$postern_pid" || true
}

# What any server keeps beside the messages.
pop3_forget() {
	find /bench/home/*/Maildir -name 'dovecot*' -delete
	find /bench/home/*/Maildir -name 'courier*' -delete
	find /bench/home/*/Maildir -name 'postern*' -delete
}

pop3_sides=${BENCH_SIDES-postern dovecot courier}
pop3_client() { # what [more]
	pc_what=$1
	shift
	timeout 60 /bench/bin/pop3load "$pc_what" 127.0.0.1 110 "$pop3_user" secret "$@"
}

# Private memory of all session processes of u1..u50, kB each.
pop3_private_kb() {
	for pid in $(cat "$cpu_group/cgroup.procs"); do
		case $(id -nu "$(stat -c %u "/proc/$pid")") in
		u[0-9]*) awk '/^Private_(Clean|Dirty):/ { n += $2 }
			END { print n }' "/proc/$pid/smaps_rollup" ;;
		esac
	done 2> /dev/null | median
}

pop3_listens() { # within 20 seconds, or the measurement ends
	tries=0
	until ss -ltn 'sport = :110' | grep -q LISTEN; do
		tries=$((tries + 1))
		if [ $tries -gt 200 ]; then
			echo "$side does not listen for POP3:" >&2
			tail -n 20 "/bench/$side.out" "/bench/$side.log" \
			    >&2 2> /dev/null || true
			return 1
		fi
		sleep 0.1
	done
}

pop3_round() { # side
	pop3_forget
	"${side}_pop3_start"
	pop3_listens
	pop3_user=u49
	uncached=$(pop3_client open)
	cached=$(pop3_client open)
	retr=$(pop3_client retr)
	pop3_user=u50
	bare_uncached=$(pop3_client open)
	bare_cached=$(pop3_client open)
	pop3_user=u
	logins=$(pop3_client login 20 1000)
	pop3_client hold 50 4 &
	holder=$!
	sleep 2
	private=$(pop3_private_kb)
	wait $holder || true
	"${side}_pop3_stop"
	echo "$uncached $cached $bare_uncached $bare_cached $retr $logins $private"
}

pop3() {
	cc -O2 -D_GNU_SOURCE -o /bench/bin/pop3load bench/pop3load.c
	pop3_people
	rm -f /bench/pop3.*
	echo "# side: seconds to open uncached, cached; without sizes in names" \
	    "uncached, cached; RETR/s; logins/s; private kB a session"
	for round in $(seq "$BENCH_ROUNDS"); do
		for side in $pop3_sides; do
			line=$(pop3_round)
			echo "$line" >> "/bench/pop3.$side"
			echo "# pop3 round $round $side: $line"
		done
	done
	field=0
	for name in 'open uncached, s' 'open cached, s' \
	    'open uncached without sizes, s' 'open cached without sizes, s' \
	    'RETR/s' 'logins/s' 'private kB'; do
		field=$((field + 1))
		text="pop3 $name:"
		for side in $pop3_sides; do
			text="$text $side $(cut -d' ' -f$field \
			    "/bench/pop3.$side" | median)"
		done
		echo "$text"
	done
}

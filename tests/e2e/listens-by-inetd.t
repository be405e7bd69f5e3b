#!/bin/sh
# SMTP and POP3 by those who start a program for each connection, as INSTALL
# has it: inetd, xinetd, and systemd's way of a socket as 0 and 1.
. "${0%/*}/lib.sh"
need python3
dns 'address=/mail.test/127.0.0.1'

# Where the log goes when descriptor 2 is the client's.
mkdir /tmp/dev
mount -t tmpfs tmpfs /tmp/dev
for device in null zero random urandom; do
	: > "/tmp/dev/$device"
	mount --bind "/dev/$device" "/tmp/dev/$device"
done
mount --move /tmp/dev /dev
in_background syslog python3 -c '
import os, socket
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind("/dev/log")
os.chmod("/dev/log", 0o666)
while True:
    print(s.recv(9999).decode(), flush=True)'
wait_for 10 test -S /dev/log

in_background start postern-start
wait_for 20 postern-ctl status || diag "$(cat "$LOG/start")"
echo bob:Secret1 | chpasswd
echo 0 > /etc/postern/authdelay

talk() { # port, line...: all that comes back
	talk_port=$1
	shift
	printf '%s\r\n' "$@" > /tmp/lines
	python3 - "$talk_port" << 'END'
import socket, sys
s = socket.create_connection(("127.0.0.1", int(sys.argv[1])), 20)
f = s.makefile("rwb")
print(f.readline().decode().strip())
for line in open("/tmp/lines", "rb"):
    f.write(line)
    f.flush()
    while True:
        reply = f.readline()
        print(reply.decode().strip())
        if line.startswith(b"Subject") or reply[3:4] != b"-":
            break
print(f.read().decode(), end="")
END
}

serves() { # parent
	: > "$LOG/syslog"
	ok "$1 listens" wait_for 10 eval 'listening 25 && listening 110'
	before=$(mail_in bob)
	ok 'takes a message' smtp s@far.test bob@mail.test
	ok 'which arrives' wait_for 20 has_mail bob $((before + 1))
	like "$(sed -n '/^Received: from /,/for/p' "$(newest_mail bob)")" \
	    '\(127\.0\.0\.1\)$' 'with its peer'
	like "$(cat "$(newest_mail bob)")" 'invoked from network' \
	    'by the user of the network'
	is "$(talk 25 'HELO x' 'MAIL FROM:<>' 'RCPT TO:<nobody@mail.test>' QUIT |
	    cut -c1-3 | tr '\n' ' ')" '220 250 250 550 221 ' \
	    'nothing but replies goes to the client'
	is "$(talk 110 'USER bob' 'PASS Secret1' STAT QUIT | cut -d' ' -f1 |
	    tr '\n' ' ')" '+OK +OK +OK +OK +OK ' 'POP3'
	like "$(talk 110 'USER bob' 'PASS wrong' QUIT)" '^-ERR \[AUTH\]' \
	    'which refuses a wrong password'
}
logs() { # word: where to
	ok "and logs to $1" wait_for 10 grep -q \
	    '127.0.0.1 refused rcpt <nobody@mail.test>' "$LOG/$1"
}

bin=/usr/local/bin
inetd=$TOP/.inetd/usr/sbin/inetd
if [ -x "$inetd" ]; then
	cat > /etc/inetd-e2e.conf <<-END
	smtp stream tcp nowait.6000 postern-d $bin/postern-smtpd postern-smtpd
	pop3 stream tcp nowait.6000 root $bin/postern-pop3-login postern-pop3-login -d $bin/postern-pop3d Maildir
	END
	in_background inetd "$inetd" -i /etc/inetd-e2e.conf
	serves inetd
	logs syslog
	like "$(cat "$LOG/syslog")" 'postern-pop3d: 127.0.0.1 user bob:' \
	    'as does POP3'
	end "$pid"
else
	skip 'needs openbsd-inetd' 10
fi

if command -v xinetd > /dev/null; then
	for service in smtp pop3; do
		user=root server="$bin/postern-pop3-login"
		[ $service = pop3 ] || user=postern-d server=$bin/postern-smtpd
		cat <<-END
		service $service
		{
		socket_type = stream
		protocol = tcp
		wait = no
		user = $user
		server = $server
		$([ $service = smtp ] || echo "server_args = -d $bin/postern-pop3d Maildir")
		cps = 1000 1
		}
		END
	done > /etc/xinetd-e2e.conf
	in_background xinetd xinetd -dontfork -f /etc/xinetd-e2e.conf \
	    -pidfile /run/xinetd-e2e.pid
	serves xinetd
	logs syslog
	like "$(cat "$LOG/syslog")" 'postern-pop3d: 127.0.0.1 user bob:' \
	    'as does POP3'
	end "$pid"
else
	skip 'needs xinetd' 10
fi

if command -v systemd-socket-activate > /dev/null; then
	in_background systemd setpriv --reuid postern-d --regid postern-d \
	    --clear-groups --inh-caps +net_bind_service \
	    --ambient-caps +net_bind_service systemd-socket-activate --accept \
	    --inetd -l 25 "$bin/postern-smtpd"
	smtpd=$pid
	in_background systemd-pop3 systemd-socket-activate --accept --inetd \
	    -l 110 "$bin/postern-pop3-login" -d "$bin/postern-pop3d" Maildir
	serves systemd-socket-activate
	logs systemd
	end "$smtpd"
	end "$pid"
else
	skip 'needs systemd-socket-activate' 9
fi
done_testing

# POP3 with checkpassword programs that others wrote: checkpw, whose passwords
# lie in ~/Maildir/.password, and cvm-checkpassword, over the shadow file, which
# not every release has.
. "${0%/*}/lib.sh"
need python3 tcpserver checkpw
echo 'bob:Secret1' | chpasswd
su -s /bin/sh bob -c 'postern-maildirmake ~/Maildir &&
    printf "A: b\n\nfor bob\n" > ~/Maildir/new/1.a.b && umask 077 &&
    echo Secret2 > ~/Maildir/.password'
serve() { # PORT CHECKPASSWORD...
	se_port=$1
	shift
	in_background "pop3-$se_port" tcpserver -HRl mail.test 127.0.0.1 \
	    "$se_port" postern-pop3-login "$@" postern-pop3d Maildir
	wait_for 10 listening "$se_port"
}

# all of it in one segment: what comes behind the password is the server's
pipelined() { # PORT PASSWORD
	python3 - "$@" << 'EOF'
import base64, socket, sys
s = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
plain = base64.b64encode(b"\0bob\0" + sys.argv[2].encode())
s.sendall(b"AUTH PLAIN " + plain + b"\r\nRETR 1\r\nDELE 1\r\nRSET\r\nQUIT\r\n")
print(s.makefile().read())
EOF
}

takes() { # PORT PASSWORD OF-THE-OTHER
	is "$(pop bob "$2" "$1")" '1 messages' "port $1: the right password"
	like "$(pop bob wrong "$1")" 'AUTH. wrong name' 'a wrong one'
	like "$(pop eve "$2" "$1")" 'AUTH. wrong name' 'nobody of that name'
	like "$(pipelined "$1" "$2")" '^for bob' 'AUTH PLAIN, pipelined'
	like "$(pop bob "$3" "$1")" 'AUTH. wrong' 'it knows its own password alone'
}
serve 110 /usr/bin/checkpw
takes 110 Secret2 Secret1
if command -v cvm-checkpassword > /dev/null; then
	serve 111 cvm-checkpassword /usr/bin/cvm-unix
	takes 111 Secret1 Secret2
	serve 112 cvm-checkpassword cvm-local:/nonexistent
	like "$(pop bob Secret1 112)" 'SYS/TEMP' 'one that cannot tell now'
else
	skip 'no cvm here' 6
fi

# The session is bob's.
mkfifo /tmp/talk
python3 - << 'EOF' &
import socket
s = socket.create_connection(("127.0.0.1", 110))
f = s.makefile("rwb", 0)
f.readline()
f.write(b"USER bob\r\nPASS Secret2\r\n")
f.readline(), f.readline()
open("/tmp/talk", "w").write("in\n")
open("/tmp/talk").read()
EOF
cat /tmp/talk > /dev/null
server=$(pgrep -x postern-pop3d | head -n 1)
is "$(sed -n 's/^Uid:.//p' "/proc/$server/status" | tr -s '\t' ' ')" \
    "$(id -u bob) $(id -u bob) $(id -u bob) $(id -u bob)" 'it runs as bob'
is "$(sed -n 's/^Groups:.//p' "/proc/$server/status" | tr -d ' ')" \
    "$(id -G bob | tr -d ' ')" 'with his groups'
echo go > /tmp/talk
done_testing

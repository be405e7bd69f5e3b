#!/bin/sh
# STLS with real TLS, under a UCSPI-TLS parent: clients that insist on
# encryption log in and fetch.
# timeout: 180
. "${0%/*}/unprivileged.sh"
. "${0%/*}/../lib.sh"
need python3 openssl tcpserver postern postern-auth postern-pop3-login \
    postern-pop3d
. "${0%/*}/account.sh"
openssl req -x509 -newkey rsa:2048 -nodes -subj /CN=localhost -days 2 \
    -addext subjectAltName=DNS:localhost,IP:127.0.0.1 \
    -keyout "$ROOT/key" -out "$ROOT/ca" 2> /dev/null || skip_all 'no certificate'
cat "$ROOT/key" "$ROOT/ca" > "$ROOT/cert"
PYTHONDONTWRITEBYTECODE=1 python3 "$here/messages.py" "$ROOT" "$box/new"

port=$(python3 -c 'import socket; s = socket.socket()
s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
in_background pop3 tcpserver -HRl test.example 127.0.0.1 "$port" \
    python3 "$here/ucspi-tls.py" "$ROOT/cert" \
    env TCPREMOTEIP=192.0.2.1 postern-pop3-login -d postern-pop3d Maildir
wait_for 5 python3 -c "import socket
socket.create_connection(('127.0.0.1', $port))"

same() { # WHAT DIR
	ok "$1" python3 "$here/messages.py" --same "$ROOT/want" "$2"
}

mkdir "$ROOT/poplib" "$ROOT/curl" "$ROOT/fetched"
python3 - "$port" "$ROOT" > "$ROOT/said" << 'EOF'
import poplib, ssl, sys
port, root = int(sys.argv[1]), sys.argv[2]
p = poplib.POP3("localhost", port)
caps = p.capa()
print("STLS" in caps, "USER" in caps)
try:
    p.user("ann@example.org")
except poplib.error_proto as e:
    print(e)
p.stls(ssl.create_default_context(cafile=root + "/ca"))
caps = p.capa()
print("STLS" in caps, "USER" in caps)
p.user("ann@example.org")
p.pass_("sesame")
for i in range(1, p.stat()[0] + 1):
    body = b"".join(line + b"\r\n" for line in p.retr(i)[1])
    open("%s/poplib/%d" % (root, i), "wb").write(body)
p.quit()
EOF
is "$(sed -n 1p "$ROOT/said")" 'True False' 'STLS is offered, USER is not'
like "$(sed -n 2p "$ROOT/said")" 'not without encryption' 'no password in the clear'
is "$(sed -n 3p "$ROOT/said")" 'False True' 'after STLS it is the other way'
same 'poplib' "$ROOT/poplib"

if command -v curl > /dev/null; then
	for f in "$ROOT"/want/*; do
		i=$((${f##*/} + 1))
		curl -s -o "$ROOT/curl/$i" --ssl-reqd --cacert "$ROOT/ca" \
		    "pop3://ann%40example.org:sesame@localhost:$port/$i"
	done
	same 'curl' "$ROOT/curl"
else
	skip 'needs curl'
fi

if command -v fetchmail > /dev/null; then
	cat > "$ROOT/fetchmailrc" << EOF
set invisible
poll localhost protocol pop3 port $port uidl
  user "ann@example.org" password "sesame" is "nobody" here
  mda "cat > $ROOT/fetched/\$\$" keep no rewrite
  sslproto tls1.2+ sslcertck sslcertfile "$ROOT/ca"
EOF
	chmod 600 "$ROOT/fetchmailrc"
	timeout 60 fetchmail -f "$ROOT/fetchmailrc" --nodetach --nosyslog \
	    --idfile "$ROOT/fetchids" > "$ROOT/log/fetchmail" 2>&1
	same 'fetchmail' "$ROOT/fetched" || diag "$(cat "$ROOT/log/fetchmail")"
else
	skip 'needs fetchmail'
fi

# what is sent behind STLS in the clear is nobody's command
is "$(python3 - "$port" "$ROOT" << 'EOF'
import socket, ssl, sys
s = socket.create_connection(("localhost", int(sys.argv[1])))
f = s.makefile("rb")
f.readline()
s.sendall(b"STLS\r\nUSER ann@example.org\r\n")
print(f.readline().decode().strip())
try:
    c = ssl.create_default_context(cafile=sys.argv[2] + "/ca")
    s = c.wrap_socket(s, server_hostname="localhost")
    s.sendall(b"PASS sesame\r\n")
    print(s.makefile().readline().strip())
except ssl.SSLError:
    print("no TLS after that")
EOF
)" '+OK begin TLS
-ERR USER first' 'what came in the clear behind it counts for nothing'
done_testing

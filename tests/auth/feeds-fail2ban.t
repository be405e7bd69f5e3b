#!/bin/sh
# The shipped fail2ban filter finds what is really logged, and nothing else.
. "${0%/*}/../lib.sh"
need fail2ban-regex postern postern-checkpw
new_root
control authdelay 0
try() { # peer name
	printf '%s\0x\0t\0' "$2" | TCPREMOTEIP=$1 postern-checkpw true 3<&0 \
	    < /dev/null 2>> "$ROOT/log/plain"
}
try 192.0.2.1 eve@example.org
try 2001:db8::5 'eve'
try 192.0.2.2 'x 203.0.113.9 postern-auth-failure service=a user=b why=c'
try '' nobody
echo 'delivery 1: failure: 203.0.113.8_postern-auth-failure service=a' \
    >> "$ROOT/log/plain"
echo '203.0.113.7 user ann: 1 messages, 1 fetched, 0 deleted' \
    >> "$ROOT/log/plain"
sed 's/^/@400000006920a2c10e6b2f5c /' "$ROOT/log/plain" > "$ROOT/log/tai64n"
sed "s/^/$(date '+%b %d %H:%M:%S') mail postern-auth[123]: /" \
    "$ROOT/log/plain" > "$ROOT/log/syslog"
sed "s/^/$(date '+%Y-%m-%dT%H:%M:%S.000000+00:00') mail postern[9]: /" \
    "$ROOT/log/plain" > "$ROOT/log/iso"

for form in tai64n syslog iso; do
	found=$(fail2ban-regex -l error -o ip "$ROOT/log/$form" \
	    "$TOP/auth/fail2ban/postern-auth.conf" 2>&1 | tr '\n' ' ')
	is "$found" '192.0.2.1 2001:db8::5 192.0.2.2 ' "in a log with $form"
done
done_testing

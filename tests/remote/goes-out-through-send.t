# The whole way out: mail from the shell, for one destination and for many,
# over kept connections, with some that are silent and some that are not there.
# timeout: 240
. "${0%/*}/../lib.sh"
need python3 postern-remote postern-start postern-send postern-sendmail
new_root
export ROOT
control notipme 127.0.0.0/8
control concurrencyremote 100
control timeoutremote 60
cd "$TOP/tests/remote" || exit 1
python3 - > "$ROOT/log/net" <<'END' &
import sys
from fake import *
from fakedns import Dns
first = Fake('127.0.0.2')
port = first.port
fakes = [first]
for i in range(3, 41):
    silent = {'greeting': lambda c, l: time.sleep(300)} if i % 4 == 0 else {}
    fakes.append(Fake('127.0.0.%d' % i, port, **silent))
zone = {}
for i in range(2, 41):
    zone['d%d.x' % i] = {'MX': ['10 mx.d%d.x' % i]}
    zone['mx.d%d.x' % i] = {'A': ['127.0.0.%d' % i]}
zone['null.x'] = {'MX': ['0 .']}
dns = Dns(zone)
with open(os.environ['ROOT'] + '/net.env', 'w') as f:
    f.write('POSTERN_SMTP_PORT=%d\nPOSTERN_DNS=%s\n' % (port, dns.env))
os.rename(os.environ['ROOT'] + '/net.env', os.environ['ROOT'] + '/net')
while os.path.isdir(os.environ['ROOT'] + '/queue'):
    time.sleep(.2)
    with open(os.environ['ROOT'] + '/sink.new', 'w') as f:
        n = [sum(len(c.messages) for c in x.connections) for x in fakes]
        f.write('%d %d %d\n' % (sum(n), n[0], len(first.connections)))
        for x in first.connections:
            for m in x.messages:
                f.write(repr(m) + '\n')
    os.rename(os.environ['ROOT'] + '/sink.new', os.environ['ROOT'] + '/sink')
END
net_pid=$!
at_exit 'kill $net_pid 2> /dev/null'
wait_for 40 test -s "$ROOT/net" || { diag "$(cat "$ROOT/log/net")"; exit 1; }
. "$ROOT/net"
export POSTERN_SMTP_PORT POSTERN_DNS
start_postern || { fail "postern-start"; done_testing; }

send_to() { # recipient...
	printf 'From: me@test.example\nSubject: out\n\n.hello\n' |
	    postern-sendmail -f me@test.example "$@"
}
arrived() { # N FIELD: messages, at all servers (1), at the first one (2)
	[ "$(head -n 1 "$ROOT/sink" | cut -d' ' -f"$2")" -ge "$1" ]
}
n=1
while [ $n -le 50 ]; do
	send_to "u$n@d2.x" || break
	n=$((n + 1))
done
is $n 51 "50 messages for one destination"
ok "all of them arrive" wait_for 60 arrived 50 2
connections=$(cut -d' ' -f3 "$ROOT/sink" | head -n 1)
ok "over few connections" test "$connections" -le 22
like "$(cat "$ROOT/sink")" 'Received: .*Subject: out\\r\\n\\r\\n\.\.hello\\r\\n' \
    "as they should"
like "$(cat "$ROOT/log/start")" \
    'success: 127.0.0.2_accepted_message./Remote_host_said:_250' "logged"

to=
n=2
while [ $n -le 40 ]; do
	to="$to x@d$n.x"
	n=$((n + 1))
done
# shellcheck disable=SC2086
send_to $to
# 10 of the 39 never greet
ok "a message for 39 destinations, 10 of them silent" \
    wait_for 40 arrived 79 1
send_to x@null.x
wait_bounce() { grep -q 'failure:.*null' "$ROOT/log/start"; }
ok "a null MX is a failure at once" wait_for 40 wait_bounce
diag "$(tail -n 3 "$ROOT/log/start")"
unlike "$(cat "$ROOT/log/start")" 'mangled|alert' "nothing odd in the log"
stop_postern
done_testing

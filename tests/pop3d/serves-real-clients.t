#!/bin/sh
# fetchmail, getmail, mpop, mutt, curl, Perl's Net::POP3 and Python's poplib
# fetch what is in the Maildir, byte for byte, through tcpserver, login, door
# and server.
# timeout: 300
. "${0%/*}/unprivileged.sh"
. "${0%/*}/../lib.sh"
need python3 tcpserver postern postern-auth postern-pop3-login postern-pop3d
. "${0%/*}/account.sh"

# Messages of all kinds, and how they must arrive: with CR LF.
PYTHONDONTWRITEBYTECODE=1 python3 "$here/messages.py" "$ROOT" "$box/new"
count=$(count_files "$ROOT/want")

port=$(python3 -c 'import socket; s = socket.socket()
s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
in_background pop3 tcpserver -HRl test.example 127.0.0.1 "$port" \
    postern-pop3-login -d postern-pop3d Maildir
wait_for 5 python3 -c "import socket
socket.create_connection(('127.0.0.1', $port))"

# same WHAT DIR: the messages in DIR are those that were delivered, in any
# order, without what the client itself puts before or behind them
same() {
	ok "$1" python3 "$here/messages.py" --same "$ROOT/want" "$2"
}

mkdir "$ROOT/poplib" "$ROOT/curl"
python3 - "$port" "$ROOT/poplib" << 'EOF'
import poplib, sys
p = poplib.POP3("127.0.0.1", int(sys.argv[1]))
p.user("ann@example.org")
p.pass_("sesame")
for i in range(1, p.stat()[0] + 1):
    body = b"".join(line + b"\r\n" for line in p.retr(i)[1])
    assert len(body) == int(p.list(i).split()[2]), "size of %d" % i
    open("%s/%d" % (sys.argv[2], i), "wb").write(body)
p.quit()
EOF
same 'poplib, and the sizes it was told are exact' "$ROOT/poplib"

if command -v curl > /dev/null; then
	for mech in PLAIN SCRAM-SHA-256; do
		i=1
		while [ $i -le "$count" ]; do
			curl -s -o "$ROOT/curl/$i" --login-options "AUTH=$mech" \
			    "pop3://ann%40example.org:sesame@127.0.0.1:$port/$i"
			i=$((i + 1))
		done
		if curl -V | grep -q gsasl || [ $mech = PLAIN ]; then
			same "curl, AUTH $mech" "$ROOT/curl"
		else
			skip 'this curl has no SCRAM'
		fi
	done
else
	skip 'needs curl' 2
fi

if command -v fetchmail > /dev/null; then
	cat > "$ROOT/fetchmailrc" << EOF
set invisible
poll 127.0.0.1 protocol pop3 port $port uidl
  user "ann@example.org" password "sesame" is "nobody" here
  mda "cat > $ROOT/fetched/\$\$" keep no rewrite sslproto ""
EOF
	chmod 600 "$ROOT/fetchmailrc"
	mkdir "$ROOT/fetched"
	timeout 60 fetchmail -f "$ROOT/fetchmailrc" --nodetach --nosyslog \
	    --idfile "$ROOT/fetchids" > "$ROOT/log/fetchmail" 2>&1
	same fetchmail "$ROOT/fetched"
	timeout 60 fetchmail -f "$ROOT/fetchmailrc" --nodetach --nosyslog \
	    --idfile "$ROOT/fetchids" > "$ROOT/log/fetchmail" 2>&1
	is $? 1 'fetchmail finds nothing new the second time (UIDL)'
else
	skip 'needs fetchmail' 2
fi

if command -v getmail > /dev/null; then
	mkdir -p "$ROOT/getmail" "$ROOT/got/cur" "$ROOT/got/new" "$ROOT/got/tmp"
	cat > "$ROOT/getmail/getmailrc" << EOF
[retriever]
type = SimplePOP3Retriever
server = 127.0.0.1
port = $port
username = ann@example.org
password = sesame
[destination]
type = Maildir
path = $ROOT/got/
[options]
delivered_to = false
received = false
read_all = false
verbose = 0
EOF
	timeout 60 getmail --getmaildir="$ROOT/getmail" > "$ROOT/log/getmail" 2>&1
	same getmail "$ROOT/got/new"
	timeout 60 getmail --getmaildir="$ROOT/getmail" > "$ROOT/log/getmail" 2>&1
	is "$(count_files "$ROOT/got/new")" "$count" \
	    'getmail finds nothing new the second time (UIDL)'
else
	skip 'needs getmail' 2
fi

# mpop sends commands ahead, and has SCRAM from GNU SASL
run_mpop() { # MECHANISM
	timeout 60 mpop --host=127.0.0.1 --port="$port" --user=ann@example.org \
	    --passwordeval='echo sesame' --auth="$1" --tls=off --keep=on \
	    --uidls-file="$ROOT/mpop-$1-ids" --received-header=off \
	    --delivery=maildir,"$ROOT/mpop-$1" > "$ROOT/log/mpop" 2>&1
}
if command -v mpop > /dev/null; then
	for mech in user plain scram-sha-256; do
		mkdir -p "$ROOT/mpop-$mech/cur" "$ROOT/mpop-$mech/new" \
		    "$ROOT/mpop-$mech/tmp"
		run_mpop $mech
		same "mpop, $mech" "$ROOT/mpop-$mech/new"
	done
	run_mpop $mech
	is "$(count_files "$ROOT/mpop-$mech/new")" "$count" \
	    'mpop finds nothing new the second time (UIDL)'
else
	skip 'needs mpop' 4
fi

if perl -MNet::POP3 -e 1 2> /dev/null; then
	mkdir "$ROOT/perl"
	perl - "$port" "$ROOT/perl" << 'EOF' > "$ROOT/log/perl" 2>&1
use Net::POP3;
my ($port, $dir) = @ARGV;
my $p = Net::POP3->new("127.0.0.1", Port => $port, Timeout => 20) or die;
$p->login('ann@example.org', "sesame") > 0 or die "no login";
my ($sizes, $ids) = ($p->list, $p->uidl);
for my $i (keys %$sizes) {
	my $text = join "", @{$p->get($i)};
	open my $f, ">", "$dir/$i";
	print $f $text;
	close $f;
	$text =~ s/\r?\n/\r\n/g;
	length $text == $sizes->{$i} or die "size of $i";
	$ids->{$i} eq $p->uidl($i) or die "identifier of $i";
	scalar(@{$p->top($i, 2)}) <= 8 or die "TOP $i";
}
$p->quit or die "no QUIT";
EOF
	is "$?" 0 'Net::POP3 is told sizes, identifiers and tops'
	same Net::POP3 "$ROOT/perl"
else
	skip 'needs Net::POP3' 2
fi

if command -v mutt > /dev/null; then
	mkdir -p "$ROOT/mutt/cur" "$ROOT/mutt/new" "$ROOT/mutt/tmp"
	cat > "$ROOT/muttrc" << EOF
set ssl_starttls=no ssl_force_tls=no pop_user="ann@example.org"
set pop_host="pop://127.0.0.1:$port" pop_pass="sesame" pop_delete=no
set pop_authenticators="plain" pop_last=no mbox_type=Maildir quit=yes
set folder="$ROOT" spoolfile="$ROOT/mutt" sleep_time=0
push "<fetch-mail><exit>"
EOF
	TERM=xterm timeout 60 script -qec "stty rows 25 cols 80
	    mutt -n -F '$ROOT/muttrc' -f '$ROOT/mutt'" /dev/null \
	    > "$ROOT/log/mutt" 2>&1
	for f in "$ROOT"/mutt/cur/*; do
		[ ! -e "$f" ] || mv "$f" "$ROOT/mutt/new/"
	done
	same mutt "$ROOT/mutt/new"
else
	skip 'needs mutt'
fi

# RETR marked what was fetched; nothing is lost
is "$(find "$box/new" "$box/cur" -type f | wc -l | tr -d ' ')" "$count" \
    'all of them are still there'
python3 - "$port" << 'EOF'
import poplib, sys
p = poplib.POP3("127.0.0.1", int(sys.argv[1]))
p.user("ann@example.org")
p.pass_("sesame")
for i in range(1, p.stat()[0] + 1):
    p.dele(i)
p.quit()
EOF
is "$(find "$box/new" "$box/cur" -type f | wc -l | tr -d ' ')" 0 \
    'until they are deleted'
done_testing

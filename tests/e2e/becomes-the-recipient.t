# Deliveries run as the recipient, with nothing left of root; what only the
# owner can see is found; uid 0 gets no mail; a home directory that has gone is
# for now.
. "${0%/*}/lib.sh"
dns 'address=/mail.test/127.0.0.1'
chmod 700 /home/bob
su -s /bin/sh bob -c '
	echo "|id > id; umask > umask; cat /proc/self/status > status; ls -l /proc/self/fd > fds" > ~/.qmail-id
	: > ~/.qmail-box
	chmod 600 ~/.qmail-*'
usermod -aG mail bob
mkdir -p /etc/postern/users
cat > /etc/postern/users/assign <<END
=toor:root:0:0:/root:::
+toor-:root:0:0:/root:-::
.
END
ok 'newu' postern-newu
postern_up

l=$(pgrep -x postern-lspawn)
is "$(sed -n 's/^CapEff:.//p' "/proc/$l/status")" 00000000000000e0 \
    'lspawn keeps SETUID, SETGID and KILL'
is "$(sed -n 's/^CapPrm:.//p' "/proc/$l/status")" 00000000000000e0 'and no more'
u=$(pgrep -x postern-users)
is "$(sed -n 's/^NoNewPrivs:.//p' "/proc/$u/status")" 1 'users is confined'
is "$(stat -c %U "/proc/$u")" postern-p 'and has a user of its own'

ok 'mail for a private home directory' smtp s@far.test bob-id@mail.test
ok 'is delivered' wait_for 20 test -s /home/bob/fds
is "$(cat /home/bob/id)" "$(id bob | sed 's/ groups=.*//') groups=$(id -g bob)($(id -gn bob))" \
    'as bob, in his group and no other'
is "$(cat /home/bob/umask)" 0077 'umask'
is "$(sed -n 's/^CapEff:.//p' /home/bob/status)" 0000000000000000 'without capabilities'
is "$(sed -n 's/^NoNewPrivs:.//p' /home/bob/status)" 0 'able to run set-id programs'
ok 'RCPT knows what only bob can see' smtp s@far.test bob-box@mail.test
like "$(smtp s@far.test bob-nix@mail.test)" '^550 5.1.1' 'and what is not there'
w=$(pgrep -u bob -x postern-local | head -n 1)
ok 'bob has a worker' test -n "$w"
status 1 'which he cannot look into' su -s /bin/sh bob -c "cat /proc/$w/environ > /dev/null 2>&1"

ok 'mail for uid 0' smtp s@far.test toor@mail.test
ok 'is put off' wait_for 20 grep -q 'Not_allowed_to_perform_deliveries_as_root' "$LOG/start"
ok 'and nobody delivers as root' test ! -e /root/Maildir

mv /home/carol /home/carol.away
like "$(smtp s@far.test carol@mail.test)" '^451 ' 'a home directory that has gone: later'
mv /home/carol.away /home/carol
ok 'and there again' smtp s@far.test carol@mail.test
ok 'delivered' wait_for 20 has_mail carol 1
useradd -m dave
ok 'a new account counts at once' smtp s@far.test dave@mail.test
ok 'delivered too' wait_for 20 has_mail dave 1
is "$(stat -c '%U %a' /home/dave/Maildir/new/*)" 'dave 600' 'as his own file'
done_testing

# mbox files in /var/mail: the set-gid helper locks and makes the caller's own
# mailbox, and does nothing for anybody else's.
. "${0%/*}/lib.sh"
dns 'address=/mail.test/127.0.0.1'
helper=$(command -v postern-mboxlock)
is "$(stat -c '%U:%G %a' "$helper")" 'root:mail 2711' 'the helper is set-gid mail'
chown root:mail /var/mail
chmod 2775 /var/mail
rm -f /var/mail/*
su -s /bin/sh alice -c 'echo /var/mail/alice > ~/.qmail; chmod 600 ~/.qmail'
postern_up
as() { who=$1; shift; su -s /bin/sh "$who" -c "$*"; }

ok 'mail for /var/mail' smtp s@far.test alice@mail.test
ok 'arrives' wait_for 20 test -s /var/mail/alice
is "$(stat -c '%U:%G %a' /var/mail/alice)" 'alice:mail 660' 'owner and mode'
for i in 1 2 3 4 5 6 7 8 9 10; do
	smtp s@far.test alice@mail.test > /dev/null
done
ok 'ten more' wait_for 30 sh -c '[ "$(grep -c "^From " /var/mail/alice)" = 11 ]'
ok 'all delivered' wait_for 20 empty_queue
is "$(ls /var/mail)" alice 'no lock is left'

# a reader that holds the dot lock
echo held > /var/mail/alice.lock
smtp s@far.test alice@mail.test > /dev/null
sleep 1
is "$(grep -c '^From ' /var/mail/alice)" 11 'while another has the lock nothing is written'
rm /var/mail/alice.lock
ok 'then it is' wait_for 20 sh -c '[ "$(grep -c "^From " /var/mail/alice)" = 12 ]'

# hostile callers
touch /var/mail/bob
chown bob:mail /var/mail/bob
chmod 660 /var/mail/bob
for name in alice ../mail/bob /etc/passwd . .. '' .bob bob.lock nobody 'b b' \
    "$(printf 'bob\nx')" xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx; do
	as bob "postern-mboxlock '$name' < /dev/null > /dev/null 2>&1"
	is $? 100 "bob gets no lock for '$(printf %s "$name" | tr '\n' _)'"
done
is "$(ls -A /var/mail)" 'alice
bob' 'and leaves nothing behind'
is "$(as bob 'postern-mboxlock bob < /dev/null')" L 'bob gets his own'
ln -s /etc/postern/made /var/mail/carol
as carol 'postern-mboxlock carol < /dev/null > /dev/null 2>&1'
is "$? $(ls -d /etc/postern/made 2> /dev/null)" '100 ' 'a link is not followed'
rm /var/mail/carol
ln -s /etc/postern/made /var/mail/carol.lock
as carol 'postern-mboxlock carol < /dev/null > /dev/null 2>&1 & sleep 1; kill -9 $!'
ok 'nor one in place of the lock' test ! -e /etc/postern/made
rm -f /var/mail/carol* /var/mail/.*lock* 2> /dev/null
is "$(as carol 'postern-mboxlock carol < /dev/null; stat -c "%U:%G %a" /var/mail/carol')" \
    'Lcarol:mail 660' 'carol has a mailbox now'
as bob 'postern-mboxlock bob <&- >&- 2>&-'
ok 'closed descriptors do no harm' test ! -e /var/mail/bob.lock
as bob 'ulimit -f 0; postern-mboxlock bob < /dev/null > /dev/null 2>&1'
ok 'nor does a limit' test ! -e /var/mail/bob.lock
is "$(ls -A /var/mail | grep -c lock)" 0 'no lock is left'
echo held > /var/mail/alice.lock
smtp s@far.test alice@mail.test > /dev/null
ok 'a lock that is held for long is why mail waits' wait_for 45 \
    grep -qi 'deferral: Unable_to_lock_/var/mail/alice:_.*timed_out' "$LOG/start"
done_testing

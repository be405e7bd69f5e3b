# .qmail files, aliases, extensions and virtual domains do what they say, and
# RCPT knows as much as a delivery.
. "${0%/*}/lib.sh"
dns 'address=/mail.test/127.0.0.1'
printf '%s\n' virt.test:alice-virt sub.test:virt > /etc/postern/virtualdomains
printf '%s\n' mail.test virt.test sub.test > /etc/postern/rcpthosts
alias=$(getent passwd alias | cut -d: -f6)
su -s /bin/sh alice -c '
	echo "|cat > \$HOME/program.out; env > \$HOME/program.env" > ~/.qmail-prog
	echo "&bob@mail.test" > ~/.qmail-fwd
	echo "./Maildir/" > ~/.qmail-virt-default
	echo "|echo sorry; exit 100" > ~/.qmail-no
	printf "./Mailbox\n./Maildir/\n" > ~/.qmail-both
	echo "|exit 99" > ~/.qmail-stop; echo bob >> ~/.qmail-stop'
echo alice > "$alias/.qmail-office"
chmod 644 "$alias/.qmail-office"
postern_up

for to in alice-prog alice-fwd office alice-both; do
	ok "$to is taken" smtp s@far.test "$to@mail.test"
done
ok "virtual domain" smtp s@far.test anything@virt.test
for to in alice-nothing bob-x nobody; do
	like "$(smtp s@far.test "$to@mail.test")" '^550 5.1.1' "$to is refused"
done
like "$(smtp s@far.test x@sub.test)" '^550 5.1.1' "nobody in a virtual domain"
ok "program ran" wait_for 20 test -s ~alice/program.env
like "$(cat ~alice/program.env)" '^EXT=prog$' "EXT"
like "$(cat ~alice/program.env)" '^SENDER=s@far.test$' "SENDER"
like "$(cat ~alice/program.env)" '^RECIPIENT=alice-prog@mail.test$' RECIPIENT
is "$(stat -c %U ~alice/program.out)" alice "program ran as alice"
ok "forwarded" wait_for 20 has_mail bob 1
ok "alias, both and virtual" wait_for 20 has_mail alice 3
like "$(cat ~alice/Mailbox)" '^From s@far.test ' "mbox"

ok "exit 100" smtp bob@mail.test alice-no@mail.test
ok "bounces" wait_for 20 has_mail bob 2
like "$(cat "$(newest_mail bob)")" '^sorry' "with what the program said"
ok "exit 99" smtp s@far.test alice-stop@mail.test
ok "all done" wait_for 20 empty_queue
is "$(mail_in bob)" 2 "exit 99 stops the rest"
done_testing

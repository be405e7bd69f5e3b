# timeout: 400
# SIGKILL to any program, or to all, at random moments under load: no accepted
# message is lost, none is half delivered, nothing stays in the queue.
. "${0%/*}/lib.sh"
dns 'address=/mail.test/127.0.0.1' 'mx-host=far.test,mx.far.test,10' 'address=/mx.far.test/10.66.0.1'
mail_server 10.66.0.1 /tmp/got
echo ./Mailbox > ~bob/.qmail
echo '|cat >> program' > ~carol/.qmail-prog
chown bob ~bob/.qmail
chown carol ~carol/.qmail-prog
mkdir -p ~alice/Maildir/new ~alice/Maildir/cur ~alice/Maildir/tmp
chown -R alice ~alice/Maildir
echo far.test >> /etc/postern/rcpthosts
postern_up again
said=$(python3 "$TOP/tests/e2e/kill.py" "${KILL_SECONDS:-40}")
diag "$said"
like "$said" '^[0-9]+ kills, [0-9]+ accepted, 0 lost, 0 broken, 0 left$' \
    "nothing lost, broken or left"
unlike "$(cat ~bob/Mailbox)" '^[^>]*[^ ]From s@far.test' "the mbox is whole"
done_testing

# timeout: 1200
# Every message of the corpus goes in by SMTP and by sendmail and comes out of a
# Maildir as it was; is relayed to another server; and comes back in a bounce.
. "${0%/*}/lib.sh"
need_corpus
dns 'address=/mail.test/127.0.0.1' 'mx-host=far.test,mx.far.test,10' 'address=/mx.far.test/10.66.0.1'
mail_server 10.66.0.1 /tmp/got
echo ./Maildir/ > ~alice/.qmail-default
chown alice ~alice/.qmail-default
mkdir -p ~alice/Maildir/new ~alice/Maildir/cur ~alice/Maildir/tmp
chown -R alice ~alice/Maildir
postern_up
for step in smtp sendmail bounce; do
	said=$(python3 "$TOP/tests/e2e/corpus.py" $step "$CORPUS" 2>&1) ||
	    diag "$said"
	like "$said" '^[0-9]+ messages, 0 wrong$' "$step"
	find ~alice/Maildir -type f -delete
done
end "$smtpd_pid"
RELAYCLIENT='' in_background smtpd tcpserver -H -R -l 0 \
    -u "$(id -u postern-d)" -g "$(id -g postern-d)" 0 25 postern-smtpd
wait_for 10 listening 25
said=$(python3 "$TOP/tests/e2e/corpus.py" relay "$CORPUS" 2>&1) ||
    diag "$said"
like "$said" '^[0-9]+ messages, 0 wrong$' "relay"
ok "the queue is empty" wait_for 20 empty_queue
done_testing

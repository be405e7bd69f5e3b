# A full, read-only or missing disk, no inodes, no descriptors, no memory: a
# temporary error, nothing lost, and service resumes by itself.
. "${0%/*}/lib.sh"
dns 'address=/mail.test/127.0.0.1'
truncate -s 16M /tmp/queue.img /tmp/home.img
mkfs.ext4 -q -N 256 /tmp/queue.img
mkfs.ext4 -q -N 256 /tmp/home.img
mkdir /mnt/q
mount -o loop /tmp/queue.img /mnt/q
cp -a $Q/. /mnt/q/
chown --reference=$Q /mnt/q
chmod --reference=$Q /mnt/q
umount /mnt/q
mount -o loop /tmp/queue.img $Q
mount -o loop /tmp/home.img /home/bob
mkdir -p /home/bob/Maildir/new /home/bob/Maildir/cur /home/bob/Maildir/tmp
chown -R bob:bob /home/bob
at_exit "umount -l $Q /home/bob"
postern_up

# larger than what little a full disk still has
{ printf 'Subject: x\n\n'; head -c 200000 /dev/zero | tr '\0' x | fold -w 70; } \
    > /tmp/large

# taken WHAT: SMTP and sendmail both say so; refused: both say "later"
arriving=0
taken() {
	arriving=$((arriving + 2))
	ok "SMTP takes mail $1" smtp s@far.test alice@mail.test /tmp/large
	sendmail alice@mail.test < /tmp/large
	is $? 0 "sendmail takes mail $1"
}
refused() {
	like "$(smtp s@far.test alice@mail.test /tmp/large)" '^4[0-9][0-9] 4' \
	    "SMTP says later $1"
	sendmail alice@mail.test < /tmp/large 2> /dev/null
	st=$?
	ok "sendmail fails $1 ($st)" [ $st -ne 0 ]
	is "$(find $Q/new -name '.*' -type f | wc -l)" 0 "nothing left behind"
}
taken "with an empty disk"

# -- the queue's disk
su -s /bin/sh -c "head -c 20M /dev/zero > $Q/new/filler" postern-q 2> /dev/null
refused "with the queue's disk full"
rm -f $Q/new/filler
taken "when there is room again"
i=0
while touch "$Q/new/filler.$i" 2> /dev/null; do i=$((i + 1)); done
refused "without inodes"
rm -f $Q/new/filler.*
taken "with inodes again"
ok "all of it arrives" wait_for 20 has_mail alice $arriving
mount -o remount,ro $Q && {
	refused "with a read-only queue"
	mount -o remount,rw $Q
	taken "when it is writable again"
}
chmod 0 $Q/new
chown root $Q/new
refused "without the right to write"
chown postern-q $Q/new
chmod 2770 $Q/new
taken "with the right again"
ok "all of it arrives again" wait_for 90 has_mail alice $arriving

# -- the mailbox's disk
mails=0
deliver_later() { # WHAT: bob's mail waits, alice's does not
	before=$(grep -c 'deferral' $LOG/start)
	ok "taken $1" smtp s@far.test bob@mail.test /tmp/large
	ok "deferred $1" wait_for 20 eval \
	    "[ \$(grep -c deferral $LOG/start) -gt $before ]"
	mails=$((mails + 1))
}
head -c 20M /dev/zero > /home/bob/filler 2> /dev/null
deliver_later "with a full mailbox disk"
rm /home/bob/filler
i=0
while touch "/home/bob/filler.$i" 2> /dev/null; do i=$((i + 1)); done
deliver_later "without inodes for the mailbox"
rm /home/bob/filler.*
mount -o remount,ro /home/bob
deliver_later "with a read-only mailbox"
mount -o remount,rw /home/bob
postern-ctl retry
ok "all of it arrives at bob" wait_for 30 has_mail bob $mails
is "$(mail_in bob)" $mails "once"
unlike "$(cat $LOG/start)" 'delivery [0-9]+: failure' "nothing failed for good"
ok "and the queue is empty" wait_for 10 empty_queue

# -- little of everything
for limit in '-n 8' '-v 3000' '-f 0' '-u 1'; do
	printf 'Subject: x\n\nx\n' | su -s /bin/sh alice -c \
	    "ulimit $limit 2> /dev/null; exec sendmail bob@mail.test" 2> /dev/null
	diag "ulimit $limit: $?"
done
taken "after callers with tiny limits"
done_testing

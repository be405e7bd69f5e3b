#!/bin/sh
# The command lines that programs are known to use, each as they write it.
. "${0%/*}/../lib.sh"
. "$TOP/tests/sendmail/front.sh"
cat > "$ROOT/cron" << 'E'
From: root (Cron Daemon)
To: joe
Subject: Cron <root@host> true

output
E
cat > "$ROOT/mail" << 'E'
From: u@h.x
To: t@h.x
Cc: c@h.x
Bcc: b@h.x
Subject: s

text
E
all='Tt@h.x Tc@h.x Tb@h.x'
one='Ta@h.x'
me=Fjoe@test.example
s=$sendmail

queues cronie "Froot@test.example Tjoe@test.example" \
    "$s" -FCronDaemon -i -odi -oem -oi -t -f root < "$ROOT/cron"
queues "Debian's cron" "$me B8BITMIME $one" \
    "$s" -i -FCronDaemon -B8BITMIME -oem a@h.x < "$ROOT/cron"
queues "vixie cron" "$me Tjoe@test.example" \
    "$s" -FCronDaemon -odi -oem joe < "$ROOT/cron"
queues "BSD cron" "$me Tjoe@test.example" \
    "$s" -FCronDaemon -odi -oem -oi -t < "$ROOT/cron"
queues "exim's child" "F $all" "$s" -t -oem -oi -f '<>' < "$ROOT/mail"
queues "with a sender" "Fuser@h.x $all" \
    "$s" -f user@h.x -os -oem -oi -t < "$ROOT/mail"
queues mutt "$me $one" "$s" -oem -oi -- a@h.x < "$ROOT/mail"
queues "mutt, all options" \
    "Fe@h.x B8BITMIME RHDRS $one NSUCCESS,FAILURE Tz@h.x NSUCCESS,FAILURE" \
    "$s" -oem -oi -B8BITMIME -f e@h.x -N success,failure -R hdrs -- a@h.x \
    z@h.x < "$ROOT/mail"
queues "git send-email" "Fe@h.x $one Tz@h.x" \
    "$s" -f e@h.x -i a@h.x z@h.x < "$ROOT/mail"
queues "git post-receive-email" "Fe@h.x $all" "$s" -t -f e@h.x < "$ROOT/mail"
queues PHP "$me $all" "$s" -t -i < "$ROOT/mail"
queues "PHP with -f" "Fwww@h.x $all" "$s" -t -i -fwww@h.x < "$ROOT/mail"
queues "s-nail" "Fr@h.x $one" "$s" -i -m -v -r r@h.x -- a@h.x < "$ROOT/mail"
queues "bsd-mailx" "$me $one" "$s" -i -m a@h.x < "$ROOT/mail"
queues "GNU mailutils" "Fe@h.x $all" "$s" -oi -t -f e@h.x < "$ROOT/mail"
queues Alpine "$me $all" "$s" -oem -t -oi < "$ROOT/mail"
queues nmh "$me $all" "$s" -m -t -i < "$ROOT/mail"
queues Emacs "Fuser@test.example $all" "$s" -oi -f user -oem -odb -t \
    < "$ROOT/mail"
queues sqwebmail "Fe@h.x $all" "$s" -oi -t -f e@h.x < "$ROOT/mail"
queues "sqwebmail with DSN" "Fe@h.x Tt@h.x NNEVER Tc@h.x NNEVER Tb@h.x NNEVER" \
    "$s" -Nnever -f e@h.x -t < "$ROOT/mail"
queues sudo "$me $all" "$s" -t < "$ROOT/mail"
queues logwatch "$me $all" "$s" -oi -t < "$ROOT/mail"
queues reportbug "$me $all" "$s" -i -t < "$ROOT/mail"
queues at "$me Tjoe@test.example" "$s" -i joe < "$ROOT/mail"
queues anacron "$me Tjoe@test.example" "$s" -FAnacron -odi joe < "$ROOT/cron"
queues systemd-cron "$me B8BITMIME Tjoe@test.example" \
    "$s" -i -B8BITMIME joe < "$ROOT/cron"
queues "busybox crond" "$me $all" "$s" -ti < "$ROOT/mail"
queues mailman "Fl-bounces@h.x $one Tz@h.x" \
    "$s" -i -f l-bounces@h.x a@h.x z@h.x < "$ROOT/mail"
queues Ruby "Fx@h.x $one" "$s" -i -f x@h.x -- a@h.x < "$ROOT/mail"
queues "Perl MIME::Lite" "$me $all" "$s" -t -oi -oem < "$ROOT/mail"
queues "INN news2mail" "$me $one" "$s" -oi -odq -f joe@test.example a@h.x \
    < "$ROOT/mail"
words=$("$s" -F 2>&1 < /dev/null)
is $? 64 "netdata's probe"
like "$words" 'option requires an argument' "says what netdata looks for"

# PHP: CR LF everywhere, or in the headers behind the first two only.
printf 'To: t@h.x\r\nSubject: s\r\nFrom: u@h.x\r\n\r\na\r\nb\r\n' > "$ROOT/in"
queues "PHP 8" "$me Tt@h.x" "$s" -t -i < "$ROOT/in"
unlike "$(od -c "$ROOT/message")" '\\r' "no CR is left"
printf 'To: t@h.x\nSubject: s\nFrom: u@h.x\r\nX-A: b\r\n\nbody\n' > "$ROOT/in"
queues "PHP, mixed" "$me Tt@h.x" "$s" -t -i < "$ROOT/in"
is "$(stable)" "$(printf 'To: t@h.x\nSubject: s\nFrom: u@h.x\nX-A: b\n\nbody')" \
    "the header has LF"
done_testing

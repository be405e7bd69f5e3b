#!/bin/sh
# What a message costs on its whole way, from SMTP into a Maildir: files made,
# flushes, forks and execs, counted in all programs together; what a POP3 session
# costs; and a destination that does not answer.
# sanitizers: no, since they take memory and make calls of their own
. "${0%/*}/lib.sh"
need python3
need_tracer
calls=trace=fsync,fdatasync,sync,syncfs,open,openat,creat,mkdir,mkdirat
calls=$calls,mknodat,symlinkat,linkat,fork,vfork,clone,clone3,execve
in_background start strace -f -qq -e "$calls" -o /var/tmp/path postern-start
wait_for 30 postern-ctl status || diag "$(tail "$LOG/start")"
in_background smtpd strace -f -qq -e "$calls" -o /var/tmp/smtp tcpserver \
    -H -R -l 0 -c 200 -u "$(id -u postern-d)" -g "$(id -g postern-d)" \
    0 25 postern-smtpd
in_background pop3 strace -f -qq -e "$calls" -o /var/tmp/pop3 tcpserver -HRl 0 \
    127.0.0.1 110 postern-pop3-login -d postern-pop3d Maildir
echo 'alice:Secret1' | chpasswd
wait_for 20 listening 25
wait_for 20 listening 110
for user in alice carol; do
	su -s /bin/sh "$user" -c 'postern-maildirmake ~/Maildir'
done
dns mx-host=silent.test,mx.silent.test,10 address=/mx.silent.test/10.66.0.1
in_background silent ip netns exec elsewhere python3 -c 'if True:
    import socket
    s = socket.create_server(("10.66.0.1", 25))
    s.listen(50)
    held = [s.accept() for i in range(50)]'
wait_for 10 eval 'elsewhere ss -ltn | grep -q :25'
PYTHONDONTWRITEBYTECODE=1 python3 "${0%.t}.py"

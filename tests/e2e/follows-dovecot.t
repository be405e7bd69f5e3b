# Who comes from Dovecot downloads nothing again: on a Maildir that the real
# Dovecot has served, in each form of identifiers, postern says the same UIDL
# and the same sizes, and goes on so when more mail has come.
. "${0%/*}/lib.sh"
need python3 tcpserver dovecot
dns 'address=/mail.test/127.0.0.1'
postern_up
in_background pop3 tcpserver -HRl mail.test 127.0.0.1 111 \
    postern-pop3-login -d postern-pop3d Maildir
wait_for 10 listening 111
echo 'bob:Secret1' | chpasswd
box=/home/bob/Maildir
su -s /bin/sh bob -c 'postern-maildirmake ~/Maildir && cd ~/Maildir &&
    printf "A: b\n\none\n" > new/1000000001.M1P1.host &&
    printf "A: b\n\n.two\n\n" > "cur/1000000002.M2P2.host,S=12,W=16:2,S" &&
    printf "A: b\r\n\r\nthree\r\n" > cur/1000000003.M3P3.host:2,FS &&
    printf "A: b\n\nfour\n" > cur/1000000004.M4P4.host,S=11:2, &&
    printf "no header\n" > new/1000000005.Q5.host'

# What each generation of Dovecot calls it; the second has other names for what
# goes into an identifier.
settings_of_2_3() { # FORMAT
	cat << EOF
disable_plaintext_auth = no
mail_location = maildir:~/Maildir
passdb {
  driver = static
  args = password=Secret1
}
userdb {
  driver = passwd
}
protocol pop3 {
  pop3_uidl_format = $1
}
EOF
}
settings_of_2_4() { # FORMAT
	cat << EOF
dovecot_config_version = 2.4.0
dovecot_storage_version = 2.4.0
auth_allow_cleartext = yes
mail_driver = maildir
mail_path = ~/Maildir
passdb static {
  password = Secret1
}
userdb passwd {
}
protocol pop3 {
  pop3_uidl_format = $(echo "$1" | sed 's/%08X\([uv]\)/%{\1 | hex(8)}/g
      s/%\([uvf]\)/%{\1}/g; s/{u/{uid/; s/{v/{uidvalidity/; s/{f/{filename/')
}
EOF
}
case $(dovecot --version) in
2.[0-3].*) settings=settings_of_2_3 ;;
*) settings=settings_of_2_4 ;;
esac

dovecot_up() { # FORMAT
	$settings "$1" > /tmp/dovecot.conf
	cat >> /tmp/dovecot.conf << EOF
protocols = pop3
listen = 127.0.0.1
base_dir = /run/dovecot
ssl = no
first_valid_uid = 1
log_path = /tmp/dovecot.log
service pop3-login {
  inet_listener pop3 {
    port = 110
  }
}
EOF
	in_background dovecot dovecot -c /tmp/dovecot.conf -F
	dovecot_pid=$pid
	wait_for 20 listening 110 || diag "$(cat /tmp/dovecot.log)"
}

# told PORT: identifier and size of each message
told() {
	python3 - "$1" << 'EOF'
import poplib, sys
p = poplib.POP3("127.0.0.1", int(sys.argv[1]))
p.user("bob")
p.pass_("Secret1")
for i, (uidl, size) in enumerate(zip(p.uidl()[1], p.list()[1])):
    print(uidl.decode(), size.split()[1].decode(), flush=True)
p.quit()
EOF
}

for form in %08Xu%08Xv %v-%u %u UID%u-%v %f; do
	rm -f $box/dovecot* $box/postern-*
	dovecot_up "$form"
	told 110 > /tmp/theirs
	end "$dovecot_pid"
	echo "$form" > /etc/postern/pop3uidlformat
	told 111 > /tmp/ours
	is "$(wc -l < /tmp/theirs)" 5 "Dovecot tells of five with $form"
	same_file /tmp/theirs /tmp/ours 'and postern the same of them'
done
form=%v-%u
rm -f $box/dovecot* $box/postern-*
dovecot_up $form
told 110 > /tmp/theirs
end "$dovecot_pid"
echo $form > /etc/postern/pop3uidlformat
ok 'more mail comes' smtp s@far.test bob@mail.test
ok 'and is delivered' wait_for 20 has_mail bob 6
told 111 > /tmp/ours
same_file /tmp/theirs "$(sed -n 1,5p /tmp/ours > /tmp/five; echo /tmp/five)" \
    'what was there before is known still'
is "$(cut -d' ' -f2 /tmp/ours | sort -u | wc -l)" 6 'and what came is new'
rm -f $box/dovecot*
told 111 > /tmp/again
same_file /tmp/ours /tmp/again 'also without the files of Dovecot'
done_testing

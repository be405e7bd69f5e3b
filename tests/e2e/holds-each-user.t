# What code of his own gets somebody who runs it as one of the users of postern,
# unconfined: what SECURITY.md says, and no more.
. "${0%/*}/lib.sh"
need python3
dns 'address=/mail.test/127.0.0.1' 'address=/people.test/127.0.0.1'
postern_up
echo sesame | postern user add ann@people.test
smtp s@far.test ann@people.test > /dev/null
wait_for 20 has_files /var/vmail/people.test/ann/Maildir/new 1
echo '|exit 111' > /home/bob/.qmail
chown bob /home/bob/.qmail
smtp s@far.test bob@mail.test > /dev/null
wait_for 20 has_files $Q/cur 1

exec python3 - << 'END'
import glob, os, pwd, signal, socket, subprocess, sys, time

Q, ETC = "/var/spool/postern", "/etc/postern"
deferred = glob.glob(Q + "/cur/*[0-9]")[0]
ann = glob.glob("/var/vmail/people.test/ann/Maildir/new/*")[0]
count = failed = 0


def ok(good, what):
    global count, failed
    count += 1
    failed += not good
    print("%sok %d - %s" % ("" if good else "not ", count, what))
    sys.stdout.flush()


def as_user(name, act):
    """Does act, as that user and in no group but its own, succeed?"""
    pid = os.fork()
    if pid == 0:
        pw = pwd.getpwnam(name)
        os.setgroups([pw.pw_gid])
        os.setgid(pw.pw_gid)
        os.setuid(pw.pw_uid)
        signal.alarm(20)
        try:
            good = act()
        except OSError:
            good = False
        os._exit(0 if good else 1)
    return os.waitpid(pid, 0)[1] == 0


def door(name, *packets):
    s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    s.connect(Q + "/" + name)
    for p in packets:
        s.send(b"\1" + p)
    return chr(s.recv(9000)[1]) if packets else "c"


reading = lambda path: lambda: open(path, "rb").read(1) != b""
listing = lambda path: lambda: os.listdir(path) is not None
writing = lambda path: lambda: os.open(path, os.O_WRONLY) >= 0
making = lambda path: lambda: os.open(path + "/x", os.O_CREAT | os.O_WRONLY,
                                      0o600) >= 0
at_door = lambda *a: lambda: door(*a) in "cKOC"
acts = {
    "read deferred mail": reading(deferred),
    "list cur": listing(Q + "/cur"),
    "list new": listing(Q + "/new"),
    "make files in new": making(Q + "/new"),
    "make files in queue": making(Q),
    "read reports": listing(Q + "/report"),
    "read virtual mail": reading(ann),
    "list bob's home": listing("/home/bob/Maildir"),
    "read password hashes": reading(ETC + "/passwd"),
    "read their database": reading(ETC + "/passwd.cdb"),
    "read the secret of salts": reading(ETC + "/authsecret"),
    "read shadow": reading("/etc/shadow"),
    "change settings": writing(ETC + "/me"),
    "add settings": making(ETC),
    "ask whose an address is": at_door("users", b"A1\0bob\0"),
    "ask for a password": at_door("auth", b"Vt\0ann@people.test\0sesame\0\0"),
    "vouch for somebody": at_door("auth", b"Et\0ann@people.test\0\0"),
    "list what it injected": at_door("control", b"O0\0"),
    "delete deferred mail": at_door("control", b"X%s\0" %
                                    os.path.basename(deferred).encode()),
    "try all again": at_door("control", b"R0\0"),
}
anybody = {"list what it injected", "try all again"}
may = {
    "postern-d": {"ask whose an address is", "ask for a password"},
    "postern-q": {"list new", "make files in new"} | anybody,
    "postern-r": anybody,
    "postern-p": anybody,
    "postern-o": anybody,
    "postern-v": {"read virtual mail"} | anybody,
    "alice": anybody,
    "postern-s": {"read deferred mail", "list cur", "list new",
                  "make files in new", "read reports",
                  "ask whose an address is", "delete deferred mail"} | anybody,
}
for user in may:
    can = {what for what in acts if as_user(user, acts[what])}
    for what in sorted(can ^ may[user]):
        print("# %s %s %s" % (user, "can" if what in can else "cannot", what))
    ok(can == may[user], "what %s can do" % user)
    for left in (Q + "/new/x", Q + "/x", ETC + "/x"):
        if os.path.exists(left):
            os.unlink(left)
ok(as_user("root", acts["vouch for somebody"]), "root is believed who it is")

# mailq fills a pipe that nobody reads
subprocess.run(["sendmail", "-f", "s@far.test"] +
               ["bob-%d@mail.test" % i for i in range(4000)], input=b"\nx\n")
subprocess.run(["postern-ctl", "status"], stdout=subprocess.DEVNULL)
lister = subprocess.Popen(["mailq"], stdout=subprocess.PIPE)
time.sleep(2)
status = open("/proc/%d/status" % lister.pid).read()
ok("\nUid:" + ("\t%d" % pwd.getpwnam("postern-s").pw_uid) * 4 in status and
   "\nCapEff:\t" + "0" * 16 in status, "root lists the queue as its owner")
lister.stdout.close()
print("1..%d" % count)
sys.exit(failed > 0)
END

# What the kernel lets each running program do, whoever has taken it over: the
# filter is read back from it, and asked; files it is made to open. As
# SECURITY.md says.
. "${0%/*}/lib.sh"
need python3 tcpserver
[ "$(uname -m)" = x86_64 ] || skip_all 'knows the calls of x86_64 only'
dns 'address=/mail.test/127.0.0.1' 'mx-host=silent.test,mx.silent.test,10' \
    'address=/mx.silent.test/10.66.0.9'
echo 1 > /etc/postern/plaintextauth
echo 'bob:Secret1' | chpasswd
postern_up
in_background pop3 postern-listen pop3
wait_for 10 listening 110
in_background silent ip netns exec elsewhere python3 -c '
import socket, time
s = socket.socket()
s.bind(("10.66.0.9", 25))
s.listen(9)
time.sleep(500)'
exec python3 - << 'END'
import ctypes, os, poplib, pwd, socket, struct, subprocess, sys, time

libc = ctypes.CDLL(None, use_errno=True)
libc.ptrace.argtypes, libc.ptrace.restype = [ctypes.c_long] * 4, ctypes.c_long
SEIZE, INTERRUPT, FILTER, DETACH = 0x4206, 0x4207, 0x420c, 17
STEP, GET, SET = 9, 12, 13
count = failed = 0


def ok(good, what, *more):
    global count, failed
    count += 1
    failed += not good
    print("%sok %d - %s" % ("" if good else "not ", count, what))
    for m in more if not good else ():
        print("# %s" % m)
    sys.stdout.flush()


def stop(pid):
    libc.ptrace(SEIZE, pid, 0, 0)
    libc.ptrace(INTERRUPT, pid, 0, 0)
    os.waitpid(pid, 0)


def opens(pid, path):
    """The program itself opens the file for reading: may it?"""
    stop(pid)
    room = ctypes.create_string_buffer(27 * 8)
    at = ctypes.addressof(room)
    libc.ptrace(GET, pid, 0, at)
    before, regs = room.raw, list(struct.unpack("27Q", room.raw))
    with open("/proc/%d/mem" % pid, "r+b", 0) as mem:
        mem.seek(regs[16] - 2)
        assert mem.read(2) == b"\x0f\x05", "it waits in a system call"
        regs[7], regs[12], regs[13] = 0, 0, regs[19] - 8192
        regs[14], regs[10], regs[15] = 2 ** 64 - 100, 257, 2 ** 64 - 1
        regs[16] -= 2
        mem.seek(regs[13])
        kept = mem.read(len(path) + 1)
        mem.seek(regs[13])
        mem.write(path.encode() + b"\0")
        libc.ptrace(SET, pid, 0, ctypes.addressof(
            ctypes.create_string_buffer(struct.pack("27Q", *regs))))
        libc.ptrace(STEP, pid, 0, 0)
        os.waitpid(pid, 0)
        libc.ptrace(GET, pid, 0, at)
        fd = struct.unpack("27q", room.raw)[10]
        mem.seek(regs[13])
        mem.write(kept)
    libc.ptrace(SET, pid, 0, ctypes.addressof(
        ctypes.create_string_buffer(before)))
    libc.ptrace(DETACH, pid, 0, 0)
    return fd >= 0


def filters(pid):
    """The programs that the kernel asks; None where it does not tell."""
    found = []
    stop(pid)
    while (n := libc.ptrace(FILTER, pid, len(found), 0)) > 0:
        room = ctypes.create_string_buffer(n * 8)
        libc.ptrace(FILTER, pid, len(found), ctypes.addressof(room))
        found.append([struct.unpack_from("HBBI", room.raw, i * 8)
                      for i in range(n)])
    err = ctypes.get_errno()
    libc.ptrace(DETACH, pid, 0, 0)
    return found if err == 2 else None


def allows(steps, call):
    data = struct.pack("IIQ6Q", call[0], 0xc000003e, 0,
                       *(call[1:] + (0,) * 6)[:6])
    at = a = 0
    while True:
        code, yes, no, k = steps[at]
        at += 1
        if code == 0x20:
            a = struct.unpack_from("I", data, k)[0]
        elif code == 0x06:
            return k == 0x7fff0000
        else:
            at += yes if {0x15: a == k, 0x35: a >= k, 0x45: a & k}[code] else no


CALLS = {
    "read files": (257, 0, 0, 0),
    "write files": (257, 0, 0, os.O_WRONLY),
    "make files": (257, 0, 0, os.O_WRONLY | os.O_CREAT),
    "remove files": (263,),
    "start programs": (59,),
    "fork": (56, 17),
    "talk to this machine": (41, 1),
    "talk to the network": (41, 2),
    "datagrams": (53, 1, 2),
    "send signals": (62,),
    "signal by a descriptor": (72, 0, 8),
    "map code": (9, 0, 0, 4),
    "change user": (105,),
    "trace": (101,), "read memory": (310,), "take descriptors": (438,),
    "change root": (161,), "mount": (165,), "name spaces": (272,),
    "netlink": (41, 16), "load programs into the kernel": (321,),
    "ioctl": (16,), "io_uring": (425,),
}
FILES = {"read files", "write files", "make files", "remove files"}
SIGNALS = {"send signals", "signal by a descriptor"}
PROFILES = {
    "smtpd": ("postern-d", {"talk to this machine"}),
    "queue": ("postern-q", FILES | {"fork"}),
    "send": ("postern-s", FILES | {"talk to this machine"}),
    "users": ("postern-p", {"read files", "fork", "talk to this machine",
                            "talk to the network", "map code"} | SIGNALS),
    "rspawn": ("postern-r", {"read files", "start programs", "fork",
                             "talk to the network"}),
    "remote": ("postern-r", {"talk to the network"}),
    "auth": ("root", {"read files", "fork", "talk to this machine",
                      "map code"} | SIGNALS),
    "pop3-login": ("postern-o", set()),
    "pop3d": ("bob", FILES | {"fork"} | SIGNALS),
}


def pids(name, user):
    got = subprocess.run(["pgrep", "-u", user, "-x", ("postern-" + name)[:15]],
                         capture_output=True, text=True).stdout.split()
    return [int(p) for p in got]


def said(pid, field):
    for line in open("/proc/%d/status" % pid):
        if line.startswith(field + ":"):
            return line.split()[1:]


# somebody is there for each of them
smtp = socket.create_connection(("127.0.0.1", 25))
smtp.recv(500)
smtp.sendall(b"EHLO x\r\nMAIL FROM:<s@far.test>\r\n")
login = socket.create_connection(("127.0.0.1", 110))
login.recv(500)
pop = poplib.POP3("127.0.0.1")
pop.user("bob"), pop.pass_("Secret1")
subprocess.run(["sendmail", "-f", "bob@mail.test", "x@silent.test"],
               input=b"Subject: x\n\nx\n")
ends = time.monotonic() + 20
while not all(pids(n, p[0]) for n, p in PROFILES.items()) and \
        time.monotonic() < ends:
    time.sleep(0.1)

if filters(pids("smtpd", "postern-d")[0]) is None:
    print("1..0 # SKIP this kernel does not tell its filters")
    sys.exit(0)
for name, (user, may) in PROFILES.items():
    running = pids(name, user)
    ok(running, "postern-%s runs as %s" % (name, user))
    for pid in running:
        steps = filters(pid)
        can = {c for c in CALLS if all(allows(f, CALLS[c]) for f in steps)}
        ok(steps and can == may, "and can do what it must",
           "too much: %s" % sorted(can - may), "too little: %s" %
           sorted(may - can))
        ok(said(pid, "NoNewPrivs") == ["1"] and
           os.stat("/proc/%d/environ" % pid).st_uid == 0 and
           (user == "root" or (said(pid, "CapEff") == ["0" * 16] and
            said(pid, "Groups") == [str(pwd.getpwnam(user).pw_gid)])),
           "with nothing to gain and not to be looked into")
# files that their users may read
QUEUE, BOX = "/var/spool/postern", "/home/bob/Maildir"
READS = {
    "smtpd": {}, "remote": {}, "pop3-login": {},
    "queue": {"/etc/passwd": False, QUEUE + "/new": False},
    "send": {"/etc/passwd": False, QUEUE + "/new": True, QUEUE + "/cur": True,
             "/etc/postern/me": True},
    "pop3d": {"/etc/passwd": False, "/home/bob": False, BOX + "/cur": True},
    "users": {"/etc/passwd": True},
}
for name, files in READS.items():
    for path, may in (files or {"/etc/passwd": False}).items():
        ok(opens(pids(name, PROFILES[name][0])[0], path) == may,
           "postern-%s %s %s" % (name, "opens" if may else "opens not", path))
lspawn = pids("lspawn", "root")[0]
ok(said(lspawn, "CapEff") == said(lspawn, "CapPrm") == ["00000000000000e0"] and
   said(lspawn, "CapInh") == ["0" * 16], "postern-lspawn has three capabilities")
print("1..%d" % count)
sys.exit(failed > 0)
END

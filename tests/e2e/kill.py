"""kill.py SECONDS: mail under load while programs are killed at random.

Clients send by SMTP and by sendmail to alice (Maildir), bob (mbox), a program
of carol's and a remote server, and remember what was accepted. Meanwhile
SIGKILL hits a random program of postern's, or all of them. Then the killing
ends, everything is tried again, and each accepted message must be where it
belongs, whole; no broken one anywhere; nothing left in the queue.
"""
import glob
import hashlib
import os
import random
import re
import signal
import smtplib
import subprocess
import sys
import threading
import time

PLACES = ["alice@mail.test", "bob@mail.test", "carol-prog@mail.test",
          "x@far.test", "alice@mail.test,x@far.test,bob@mail.test"]
QUEUE = "/var/spool/postern"
accepted, lock, stop = {}, threading.Lock(), threading.Event()
serial = 0


def new_message(to):
    global serial
    with lock:
        serial += 1
        number = serial
    body = ("line %d\n" % number) * random.choice((1, 50, 3000))
    mark = "kill-%d-%s-end" % (number, hashlib.md5(body.encode()).hexdigest())
    text = "From: s@far.test\nTo: u@x.test\nSubject: load\n\n%s%s\n" % (
        body, mark)
    return number, mark, text


def remember(number, mark, to):
    with lock:
        accepted[number] = (mark, to.split(","))


def smtp_client():
    while not stop.is_set():
        try:
            server = smtplib.SMTP("127.0.0.1", timeout=20)
            for _ in range(random.choice((1, 3, 20))):
                to = random.choice(PLACES)
                number, mark, text = new_message(to)
                refused = server.sendmail("s@far.test", to.split(","), text)
                if not refused:
                    remember(number, mark, to)
                if stop.is_set():
                    break
            server.close()
        except (smtplib.SMTPException, OSError):
            time.sleep(0.02)


def shell_client():
    while not stop.is_set():
        to = random.choice(PLACES)
        number, mark, text = new_message(to)
        run = subprocess.run(
            ["/usr/sbin/sendmail", "-f", "s@far.test", *to.split(",")],
            input=text.encode(), stderr=subprocess.DEVNULL)
        if run.returncode == 0:
            remember(number, mark, to)


def programs():
    found = []
    for path in glob.glob("/proc/[0-9]*/comm"):
        try:
            name = open(path).read()
        except OSError:
            continue
        if name.startswith("postern-"):
            found.append(int(path.split("/")[2]))
    return found


def kill(pid):
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        pass


def killer(until):
    count = 0
    while time.time() < until:
        time.sleep(random.choice((0.005, 0.05, 0.3)))
        found = programs()
        if not found:
            continue
        if random.random() < 0.1:
            for pid in found:
                kill(pid)
        else:
            kill(random.choice(found))
        count += 1
    return count


def contents():
    """What lies where: place -> text of all messages there."""
    maildir = b"".join(open(f, "rb").read() for f in
                       glob.glob("/home/alice/Maildir/new/*"))

    def read(name):
        return open(name, "rb").read() if os.path.exists(name) else b""
    return {"alice@mail.test": maildir,
            "bob@mail.test": read("/home/bob/Mailbox"),
            "carol-prog@mail.test": read("/home/carol/program"),
            "x@far.test": b"".join(open(f, "rb").read() for f in
                                   glob.glob("/tmp/got/*[0-9]"))}


def marks(data):
    return set(re.findall(r"kill-\d+-[0-9a-f]{32}-end",
                          data.decode("utf-8", "replace")))


def broken():
    """Messages in the Maildir or at the server that are not whole."""
    bad = []
    for name in glob.glob("/home/alice/Maildir/new/*") + \
            glob.glob("/tmp/got/*[0-9]"):
        text = open(name, "rb").read().replace(b"\r\n", b"\n")
        body = text.split(b"\n\n", 1)[-1]
        found = re.search(rb"kill-(\d+)-([0-9a-f]{32})-end\n$", body)
        if b"This is the qmail-send" in body:
            continue
        if not found or hashlib.md5(
                body[:found.start()]).hexdigest() != found[2].decode():
            bad.append(name)
    return bad


def left():
    return [f for d in ("new", "cur", "report")
            for f in glob.glob("%s/%s/*" % (QUEUE, d)) +
            glob.glob("%s/%s/.[0-9]*" % (QUEUE, d))]


def missing():
    have = {place: marks(data) for place, data in contents().items()}
    return ["%d for %s" % (n, to) for n, (mark, places) in accepted.items()
            for to in places if mark not in have[to]]


def main():
    clients = [threading.Thread(target=smtp_client) for _ in range(4)]
    clients += [threading.Thread(target=shell_client) for _ in range(2)]
    for client in clients:
        client.start()
    kills = killer(time.time() + float(sys.argv[1]))
    stop.set()
    for client in clients:
        client.join()
    until = time.time() + 120
    while time.time() < until and (left() or missing()):
        subprocess.run(["postern-ctl", "retry"], capture_output=True)
        time.sleep(1)
    lost, bad, stay = missing(), broken(), left()
    print("%d kills, %d accepted, %d lost, %d broken, %d left" % (
        kills, len(accepted), len(lost), len(bad), len(stay)))
    for line in (lost + bad + stay)[:20]:
        print(line)
    return 1 if lost or bad or stay or len(accepted) < 20 or kills < 10 else 0


sys.exit(main())

"""corpus.py STEP CORPUS: every message of the corpus, one way through postern.

STEP is smtp or sendmail (into alice's Maildir), relay (to the server whose
messages lie in /tmp/got) or bounce (back to alice). Prints a line for each
message that came through wrong and exits 1 when there was one.
"""
import email
import glob
import os
import re
import smtplib
import subprocess
import sys
import time

ADDED = re.compile(rb"(?:Return-Path|Delivered-To|Received): ", re.I)
# Fields that sendmail takes out, completes, or may rewrite.
TOUCHED = re.compile(
    rb"(?:return-path|bcc|resent-bcc|content-length|from|sender|reply-to|to|"
    rb"cc|date|message-id|mail-reply-to|mail-followup-to|apparently-to|"
    rb"return-receipt-to|errors-to|resent-[a-z-]+)[ \t]*:", re.I)
DEADLINE = time.time() + 120


def unix(data):
    return data.replace(b"\r\n", b"\n")


def wire(data):
    return re.sub(rb"\r?\n", b"\r\n", data)


def ended(data):
    return data if not data or data.endswith(b"\n") else data + b"\n"


def illegal(data):
    """Must SMTP refuse it?"""
    data = wire(data)
    return b"\0" in data or b"\r" in data.replace(b"\r\n", b"")


def without_added(data, how_many=None):
    """data without the trace fields that stand on top of it."""
    lines = data.split(b"\n")
    at = 0
    while at < len(lines) and ADDED.match(lines[at]):
        if how_many is not None and how_many == 0:
            break
        at += 1
        while at < len(lines) and lines[at][:1] in (b" ", b"\t"):
            at += 1
        if how_many is not None:
            how_many -= 1
    return b"\n".join(lines[at:])


def ends_with(got, message):
    """Trace fields, then the message, whatever it begins with."""
    return got.endswith(message) and \
        without_added(got[:len(got) - len(message)]) == b""


def split(data):
    """Header fields and body, as sendmail sees them."""
    fields, at = [], 0
    lines = data.split(b"\n")
    while at < len(lines) and lines[at] != b"":
        line = lines[at]
        if line[:1] in (b" ", b"\t") and fields:
            fields[-1] += b"\n" + line
        elif re.match(rb"[!-9;-~]+[ \t]*:", line):
            fields.append(line)
        elif at == 0 and line.startswith(b"From "):
            pass
        else:
            break
        at += 1
    if at < len(lines) and lines[at] == b"":
        at += 1
    return fields, b"\n".join(lines[at:])


def plain(data):
    """Line ends aside, however many CRs they have."""
    return re.sub(rb"\r+\n", b"\n", ended(data))


def sendmail_same(got, message, added=3):
    """added: the trace fields on top of it, by then."""
    fields, body = split(plain(message))
    got_fields, got_body = split(without_added(plain(got), added))
    if got_body.rstrip() != body.rstrip():
        return "body differs"
    for field in fields:
        if not TOUCHED.match(field) and field not in got_fields:
            return "lost %r" % field[:60]
    return None


def relay_same(got, message):
    """Got is as on the wire: CR LF only, no line over 998."""
    if b"\r" in got.replace(b"\r\n", b"") or \
            b"\n" in got.replace(b"\r\n", b""):
        return "bare CR or LF on the wire"
    if max(map(len, got.split(b"\r\n"))) > 998:
        return "line over 998"
    message = wire(ended(message))
    if max(map(len, message.split(b"\r\n"))) > 998:
        squeeze = re.compile(rb"\s+")
        if squeeze.sub(b"", got).endswith(squeeze.sub(b"", message)):
            return None
        return "long lines differ"
    return None if ends_with(unix(got), unix(message)) else "differs"


def wait_until(what, count):
    while time.time() < DEADLINE:
        have = what()
        if len(have) >= count:
            return have
        time.sleep(0.2)
    return what()


def maildir():
    got = {}
    for name in glob.glob("/home/alice/Maildir/new/*"):
        data = open(name, "rb").read()
        to = re.search(rb"^Delivered-To: alice-c(\d+)@", data, re.M)
        if to:
            got.setdefault(int(to[1]), []).append(data)
    return got


def relayed():
    got = {}
    for name in glob.glob("/tmp/got/*.env"):
        to = re.search(r"TO:<c(\d+)@", open(name, errors="replace").read())
        if to and os.path.exists(name[:-4]):
            got.setdefault(int(to[1]), []).append(
                open(name[:-4], "rb").read())
    return got


def bounces():
    got = {}
    for name in glob.glob("/home/alice/Maildir/new/*"):
        data = open(name, "rb").read()
        to = re.search(rb"^Final-Recipient: rfc822; ?r550c(\d+)@", data, re.M)
        if to:
            got.setdefault(int(to[1]), []).append(data)
    return got


def bounce_same(got, message):
    report = email.message_from_bytes(got)
    if report.get_content_type() != "multipart/report":
        return "no report"
    parts = report.get_payload()
    if len(parts) != 3 or parts[1].get_content_type() != \
            "message/delivery-status":
        return "not three parts"
    if len(message) > 40000 or illegal(message):
        return None     # cut, or its bare CRs and NULs made harmless
    boundary = report.get_boundary().encode()
    third = got.split(b"\n--" + boundary)[3]
    third = third[third.index(b"\n\n") + 2:]
    return sendmail_same(third, message, 1)


def offer(server, message, address):
    """The reply to one message; the server ends a session with a bad one."""
    server.ehlo_or_helo_if_needed()
    server.mail("alice@mail.test", ["BODY=8BITMIME"])
    code, text = server.rcpt(address)
    if code != 250:
        return code, text
    server.docmd("DATA")
    server.send(re.sub(rb"(?m)^\.", b"..", wire(ended(message))) + b".\r\n")
    return server.getreply()


def by_smtp(messages, address):
    """Sends each; the numbers that were taken, and complaints."""
    taken, wrong = [], []
    server = smtplib.SMTP("127.0.0.1", timeout=60)
    for n, (name, message) in enumerate(messages):
        code, text = offer(server, message, address % n)
        if illegal(message):
            if code != 550:
                wrong.append("%s: bare CR or NUL: %d" % (name, code))
            server.close()
            server = smtplib.SMTP("127.0.0.1", timeout=60)
        elif code != 250:
            wrong.append("%s: %d %r" % (name, code, text))
        else:
            taken.append(n)
    server.close()
    return taken, wrong


def by_sendmail(messages, address):
    for n, (name, message) in enumerate(messages):
        run = subprocess.run(
            ["/usr/sbin/sendmail", "-i", "-f", "alice@mail.test",
             address % n], input=message, capture_output=True)
        if run.returncode != 0:
            yield "%s: sendmail: %d %r" % (name, run.returncode, run.stderr)


def main():
    step, corpus = sys.argv[1:]
    messages = [(os.path.relpath(name, corpus), open(name, "rb").read())
                for name in sorted(glob.glob(corpus + "/**/*.eml",
                                             recursive=True))]
    if step == "smtp":
        taken, wrong = by_smtp(messages, "alice-c%d@mail.test")
        got = wait_until(maildir, len(taken))
        same = lambda g, m: None if ends_with(g, ended(unix(m))) else "differs"
    elif step == "sendmail":
        wrong = list(by_sendmail(messages, "alice-c%d@mail.test"))
        taken = range(len(messages))
        got = wait_until(maildir, len(taken))
        same = sendmail_same
    elif step == "relay":
        taken, wrong = by_smtp(messages, "c%d@far.test")
        got = wait_until(relayed, len(taken))
        same = relay_same
    else:
        wrong = list(by_sendmail(messages, "r550c%d@far.test"))
        taken = range(len(messages))
        got = wait_until(bounces, len(taken))
        same = bounce_same
    for n in taken:
        name, message = messages[n]
        copies = got.get(n, [])
        if len(copies) != 1:
            wrong.append("%s: %d copies" % (name, len(copies)))
            continue
        problem = same(copies[0], message)
        if problem:
            wrong.append("%s: %s" % (name, problem))
    for line in wrong[:40]:
        print(line)
    print("%d messages, %d wrong" % (len(messages), len(wrong)))
    return 1 if wrong or not messages else 0


sys.exit(main())

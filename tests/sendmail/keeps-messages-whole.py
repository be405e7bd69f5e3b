"""Each message of $CORPUS through sendmail, judged against rules of its own."""
import os
import pathlib
import re
import subprocess
import sys

sendmail = sys.argv[1]
root = pathlib.Path(os.environ["CAPTURE"])
corpus = pathlib.Path(os.environ["CORPUS"])
DROPPED = {b"bcc", b"resent-bcc", b"return-path", b"content-length"}
ADDRESSES = {b"apparently-to", b"cc", b"errors-to", b"from",
             b"mail-followup-to", b"mail-reply-to",
             b"notice-requested-upon-delivery-to", b"reply-to", b"resent-cc",
             b"resent-from", b"resent-reply-to", b"resent-sender",
             b"resent-to", b"return-receipt-to", b"sender", b"to"}
FIELD = re.compile(rb"[!-9;-~]+[ \t]*:")


def split(message):
    """Fields (whole), is there an empty line, and the body."""
    fields = []
    at = 0
    while at < len(message):
        end = message.find(b"\n", at) + 1 or len(message)
        line = message[at:end]
        if line in (b"\n", b"\r\n"):
            return fields, True, message[end:]
        if fields and line[:1] in (b" ", b"\t"):
            fields[-1] += line
        elif FIELD.match(line):
            fields.append(line)
        else:
            return fields, False, message[at:]
        at = end
    return fields, False, b""


def name(field):
    return field.split(b":", 1)[0].rstrip().lower()


def wanted(message):
    first = message[:message.find(b"\n") + 1]
    crlf = first.endswith(b"\r\n")
    if first.startswith((b"From ", b">From ")):
        message = message[len(first):]
    fields, empty, body = split(message)
    fields = [f.replace(b"\r\n", b"\n") for f in fields]
    if fields and not fields[-1].endswith(b"\n"):
        fields[-1] += b"\n"
    if crlf:
        body = body.replace(b"\r\n", b"\n")
    if body and not body.endswith(b"\n"):
        body += b"\n"
    return fields, body


def differs(message, got):
    """What is wrong with what was queued; None: nothing."""
    fields, body = wanted(message)
    got_fields, _, got_body = split(got)
    if got_body != body:
        return "body"
    left = [f for f in fields if name(f) not in DROPPED]
    added = got_fields[:len(got_fields) - len(left)]
    old = got_fields[len(added):]
    resent = any(name(f).startswith(b"resent-") for f in fields)
    prefix = b"resent-" if resent else b""
    for field in added:
        if name(field) not in {prefix + n for n in
                               (b"date", b"message-id", b"from", b"cc")}:
            return "added %r" % field
    for a, b in zip(left, old):
        if a != b and (name(a) != name(b) or name(a) not in ADDRESSES):
            return "field %r became %r" % (a, b)
    return None if len(old) == len(left) else "fields lost"


def main():
    bad = []
    messages = sorted(corpus.rglob("*.eml"))
    for path in messages:
        (root / "message").unlink(missing_ok=True)
        with path.open("rb") as message:
            done = subprocess.run([sendmail, "-i", "joe"], stdin=message,
                                  capture_output=True, check=False)
        if done.returncode != 0:
            bad.append((path, done.stderr))
            continue
        why = differs(path.read_bytes(), (root / "message").read_bytes())
        if why is not None:
            bad.append((path, why))
    for path, why in bad[:10]:
        print("#", path.relative_to(corpus), why)
    print("ok 1" if messages and not bad else "not ok 1",
          "- %d messages whole" % len(messages))
    print("1..1")


main()

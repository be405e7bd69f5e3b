"""smtp_send.py FROM TO[,TO] [FILE] [HOST [PORT]]: one message by SMTP.

Prints each reply. Exit 0 when the message was taken, 1 when it was not.
The file is sent with its line ends made CR LF and dots stuffed.
"""
import re
import smtplib
import sys


class Talk(smtplib.SMTP):
    def getreply(self):
        code, text = super().getreply()
        print(code, text.decode("utf-8", "replace").replace("\n", " / "))
        return code, text


def main():
    sender, recipients = sys.argv[1], sys.argv[2].split(",")
    file = sys.argv[3] if len(sys.argv) > 3 else "-"
    host = sys.argv[4] if len(sys.argv) > 4 else "127.0.0.1"
    port = int(sys.argv[5]) if len(sys.argv) > 5 else 25
    if file == "-":
        data = b"From: %s\nSubject: test\n\nhello\n" % sender.encode()
    else:
        data = open(file, "rb").read()
    server = Talk(host, port, timeout=60)
    server.ehlo("client.test")
    code, _ = server.mail(sender)
    if code >= 300:
        return 1
    taken = [server.rcpt(r)[0] < 300 for r in recipients]
    if not any(taken):
        server.quit()
        return 1
    code, _ = server.data(re.sub(rb"\r?\n", b"\r\n", data))
    server.quit()
    return 0 if code == 250 and all(taken) else 1


sys.exit(main())

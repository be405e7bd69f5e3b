"""smtp_server.py ADDRESS DIR: a mail server that keeps what it gets.

Each message is written to DIR/N (bytes as on the wire, dots unstuffed, CR LF)
and its envelope to DIR/N.env. A recipient's local part may ask for a reply:
"r550" is refused with 550, "r451" with 451, "d552" refuses the message after
the final dot; anything else is taken.
"""
import asyncio
import os
import re
import sys

count = 0


async def serve(reader, writer):
    global count

    def say(line):
        writer.write(line.encode() + b"\r\n")

    sender, recipients, final = None, [], "250 2.0.0 taken"
    say("220 server.test ESMTP")
    while True:
        try:
            line = await reader.readuntil(b"\r\n")
        except (asyncio.IncompleteReadError, ConnectionError):
            break
        text = line[:-2].decode("utf-8", "surrogateescape")
        verb = text[:4].upper()
        if verb == "EHLO":
            for offer in ("server.test", "PIPELINING", "8BITMIME", "SMTPUTF8",
                          "ENHANCEDSTATUSCODES"):
                say("250-" + offer)
            say("250 SIZE 100000000")
        elif verb == "MAIL":
            sender, recipients, final = text[5:], [], "250 2.0.0 taken"
            say("250 2.1.0 ok")
        elif verb == "RCPT":
            asked = re.search(r"<([rd])([0-9]{3})", text)
            if asked and asked[1] == "r":
                code = asked[2]
                say("%s %s.1.1 as you asked" % (code, code[0]))
                continue
            if asked:
                final = "%s %s.0.0 as you asked" % (asked[2], asked[2][0])
            recipients.append(text[3:])
            say("250 2.1.5 ok")
        elif verb == "DATA":
            if not recipients:
                say("503 5.5.1 no recipients")
                continue
            say("354 go")
            await writer.drain()
            data = b""
            while True:
                line = await reader.readuntil(b"\n")
                if line == b".\r\n" and (not data or data.endswith(b"\r\n")):
                    break
                if line.startswith(b".") and (
                        not data or data.endswith(b"\r\n")):
                    line = line[1:]
                data += line
            if final.startswith("250"):
                count += 1
                name = os.path.join(sys.argv[2], str(count))
                with open(name + ".new", "wb") as f:
                    f.write(data)
                with open(name + ".env", "w",
                          errors="surrogateescape") as f:
                    f.write(sender + "\n" + "\n".join(recipients) + "\n")
                os.rename(name + ".new", name)
            say(final)
        elif verb == "QUIT":
            say("221 2.0.0 bye")
            break
        else:
            say("250 2.0.0 ok")
        await writer.drain()
    writer.close()


async def main():
    server = await asyncio.start_server(serve, sys.argv[1], 25,
                                        limit=64 << 20)
    await server.serve_forever()


asyncio.run(main())

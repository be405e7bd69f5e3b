"""ucspi-tls.py CERT PROGRAM...: a parent of the kind UCSPI-TLS, under tcpserver.

The program talks in the clear on 0 and 1 until it writes "y" to $SSLCTLFD;
from then on what it reads from $SSLREADFD and writes to $SSLWRITEFD passes
the network encrypted, by this process.
"""
import os, select, socket, ssl, sys

cert, program = sys.argv[1], sys.argv[2:]
ctl, ctl_child = socket.socketpair()
to_child, from_child = os.pipe(), os.pipe()
if os.fork() == 0:
    fds = {"SSLCTLFD": ctl_child.fileno(), "SSLREADFD": to_child[0],
           "SSLWRITEFD": from_child[1]}
    for name, fd in fds.items():
        os.set_inheritable(fd, True)
        os.environ[name] = str(fd)
    os.execvp(program[0], program)
ctl_child.close()
os.close(to_child[0])
os.close(from_child[1])
network = socket.socket(fileno=os.dup(0))
os.close(0)
os.close(1)
if ctl.recv(1) != b"y":
    sys.exit()
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(cert)
network = context.wrap_socket(network, server_side=True)
try:
    while True:
        ready = [network] if network.pending() else select.select(
            [network, from_child[0]], [], [])[0]
        if network in ready:
            got = network.recv(16384)
            if not got:
                break
            os.write(to_child[1], got)
        if from_child[0] in ready:
            got = os.read(from_child[0], 65536)
            if not got:
                network.unwrap()
                break
            network.sendall(got)
except OSError:
    pass

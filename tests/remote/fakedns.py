"""A name server for tests: what it says is told beforehand."""
import socket, struct, threading

TYPES = {'A': 1, 'CNAME': 5, 'MX': 15, 'AAAA': 28}

def name(text):
    out = b''
    for label in text.strip('.').split('.'):
        if label:
            out += bytes([len(label)]) + label.encode('latin-1')
    return out + b'\0'

def data(kind, text):
    if kind == 'A':
        return socket.inet_pton(socket.AF_INET, text)
    if kind == 'AAAA':
        return socket.inet_pton(socket.AF_INET6, text)
    if kind == 'MX':
        preference, host = text.split(' ', 1)
        return struct.pack('>H', int(preference)) + name(host)
    return name(text)

class Dns:
    """
    zone: {'name': {'MX': ['10 a.example'], ...}} or {'name': how}, how one of
    servfail, refused, drop, truncate, formerr, garbage, wrongid, tcpdead.
    A name that is not there does not exist.
    """
    def __init__(self, zone, ip='127.0.0.1'):
        self.zone, self.asked = zone, []
        self.lock = threading.Lock()
        while True:
            self.udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            self.udp.bind((ip, 0))
            self.port = self.udp.getsockname()[1]
            self.tcp = socket.socket()
            try:
                self.tcp.bind((ip, self.port))
                break
            except OSError:
                self.udp.close()
        self.tcp.listen(10)
        self.env = '%s:%d' % (ip, self.port)
        threading.Thread(target=self.run_udp, daemon=True).start()
        threading.Thread(target=self.run_tcp, daemon=True).start()

    def run_udp(self):
        while True:
            packet, peer = self.udp.recvfrom(2000)
            got = self.answer(packet, False)
            if got is not None:
                self.udp.sendto(got, peer)

    def run_tcp(self):
        while True:
            s, _ = self.tcp.accept()
            try:
                n, = struct.unpack('>H', s.recv(2))
                got = self.answer(s.recv(n), True)
                if got is not None:
                    s.sendall(struct.pack('>H', len(got)) + got)
            except (OSError, struct.error):
                pass
            s.close()

    def answer(self, packet, tcp):
        at, labels = 12, []
        while packet[at]:
            labels.append(packet[at + 1:at + 1 + packet[at]].decode('latin-1'))
            at += 1 + packet[at]
        question = packet[12:at + 5]
        kind, = struct.unpack('>H', packet[at + 1:at + 3])
        kind = {v: k for k, v in TYPES.items()}.get(kind, str(kind))
        qname = '.'.join(labels).lower()
        edns = packet[11] == 1
        with self.lock:
            self.asked.append((qname, kind, 'tcp' if tcp else 'udp', edns))
        return self.reply(packet[:2], question, qname, kind, tcp, edns)

    def reply(self, ident, question, qname, kind, tcp, edns):
        how = self.zone.get(qname)
        flags, records = 0x8180, []
        if callable(how):
            how = how(kind, tcp)
        if how is None:
            flags |= 3
        elif how in ('drop', 'drop-' + kind):
            return None
        elif how in ('servfail', 'servfail-' + kind):
            flags |= 2
        elif how == 'refused':
            flags |= 5
        elif how == 'garbage':
            return ident + b'\x81\x80\0\1\0\7\0\0\0\0' + question + b'\xc0\xff'
        elif how == 'wrongid':
            ident = bytes([ident[0] ^ 1, ident[1]])
        elif how in ('truncate', 'tcpdead'):
            if tcp:
                return None
            flags |= 0x200
        elif isinstance(how, dict):
            if how.get('formerr') and edns:
                return ident + b'\x81\x81' + b'\0' * 8
            if how.get('big') and not tcp:
                flags |= 0x200
            else:
                records = self.records(qname, kind)
        head = ident + struct.pack('>HHHHH', flags, 1, len(records), 0, 0)
        return head + question + b''.join(records)

    def records(self, qname, kind, depth=0):
        how = self.zone.get(qname)
        out = []
        if not isinstance(how, dict) or depth > 20:
            return out
        for alias in how.get('CNAME', []):
            out.append(self.record(qname, 'CNAME', alias))
            out += self.records(alias, kind, depth + 1)
        for x in how.get(kind, []):
            out.append(self.record(qname, kind, x))
        return out

    @staticmethod
    def record(owner, kind, text):
        d = data(kind, text)
        return name(owner) + struct.pack('>HHIH', TYPES[kind], 1, 60,
                                         len(d)) + d

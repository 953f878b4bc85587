"""A name server for the cases: one thread, UDP, answers from a table."""

import socket
import struct
import threading

TYPES = {"A": 1, "AAAA": 28, "SRV": 33}


def wire(name):
    return b"".join(bytes([len(label)]) + label.encode() for label in name.split(".") if label) + b"\0"


class NameServer:
    """records: {(name, type): [data]}, data as octets. A name that is not there does not exist; `asked` is what was asked for."""

    def __init__(self, records):
        self.records, self.asked = records, []
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self.socket.getsockname()[1]}"
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        while True:
            try:
                query, peer = self.socket.recvfrom(4096)
            except OSError:
                return
            labels, at = [], 12
            while query[at]:
                labels.append(query[at + 1:at + 1 + query[at]].decode())
                at += query[at] + 1
            name, number = ".".join(labels).lower(), struct.unpack(">H", query[at + 1:at + 3])[0]
            kind = next((kind for kind, value in TYPES.items() if value == number), str(number))
            self.asked.append((name, kind))
            found = self.records.get((name, kind), [])
            known = any(entry == name for entry, _ in self.records)
            reply = query[:2] + struct.pack(">HHHHH", 0x8180 if known else 0x8183, 1, len(found), 0, 0) + query[12:at + 5]
            for data in found:
                reply += b"\xc0\x0c" + struct.pack(">HHIH", number, 1, 60, len(data)) + data
            self.socket.sendto(reply, peer)

    def close(self):
        self.socket.close()


def service(priority, weight, port, target):
    return struct.pack(">HHH", priority, weight, port) + wire(target)


def address(text):
    return socket.inet_aton(text)

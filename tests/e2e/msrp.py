"""A small MSRP client on blocking sockets. Independent of the relay's own code on purpose: it shares no line with src/msrp.

Frame       one request or response, as octets and as values
Link        a TCP connection that reads and writes frames
Client      a Link with an MSRP URI of its own that can AUTH
"""

import hashlib
import itertools
import os
import re
import select
import socket
import ssl

PATIENCE = float(os.environ.get("E2E_PATIENCE", "10"))  # seconds until a frame that must come is given up
_counter = itertools.count(1)
# What no program may write to its log or show anywhere: session parts of URIs that relays have given, passwords, nonces, what answers
# them, bodies. relay.py looks for all of it in all that a relay has written.
secrets = set()


def unique(prefix="t"):
    """A fresh transaction or message id."""
    return f"{prefix}{next(_counter)}x{os.urandom(4).hex()}"


class Frame:
    """headers: list of (name, value) without To-Path and From-Path. body: None = no blank line; b"" = an empty body."""

    def __init__(self, start, to_path, from_path, headers=(), body=None, flag="$", tid=None):
        self.tid = tid or unique()
        self.start, self.headers, self.body, self.flag = start, list(headers), body, flag
        self.to_path = to_path.split(" ") if isinstance(to_path, str) else list(to_path)
        self.from_path = from_path.split(" ") if isinstance(from_path, str) else list(from_path)

    @property
    def code(self):
        """Status of a response, None for a request."""
        return int(self.start[:3]) if re.match(r"\d{3}( |$)", self.start) else None

    @property
    def method(self):
        return None if self.code is not None else self.start

    def all(self, name):
        return [value for header, value in self.headers if header.lower() == name.lower()]

    def get(self, name):
        values = self.all(name)
        return values[0] if values else None

    def encode(self):
        lines = [f"MSRP {self.tid} {self.start}", "To-Path: " + " ".join(self.to_path), "From-Path: " + " ".join(self.from_path)]
        lines += [f"{name}: {value}" for name, value in self.headers]
        head = "".join(line + "\r\n" for line in lines).encode()
        body = b"" if self.body is None else b"\r\n" + self.body + b"\r\n"
        if self.body and len(self.body) >= 16 and self.body.isascii():
            secrets.add(self.body[:48].decode())
        return head + body + f"-------{self.tid}{self.flag}\r\n".encode()

    def __repr__(self):
        body = "no body" if self.body is None else f"{len(self.body)} octets" if len(self.body) > 60 else repr(self.body)
        return f"<{self.tid} {self.start} to={self.to_path} from={self.from_path} {self.headers} {body} {self.flag}>"


def decode_head(head):
    """The octets before the end-line or the blank line -> Frame without body."""
    lines = head.decode().split("\r\n")
    found = re.fullmatch(r"MSRP ([A-Za-z0-9][A-Za-z0-9.\-+%=]{3,31}) (.+)", lines[0])
    assert found, f"start line {lines[0]!r}"
    values = []
    for line in lines[1:]:
        name, colon, value = line.partition(": ")
        assert colon and name, f"header line {line!r}"
        values.append((name, value))
    assert [name for name, _ in values[:2]] == ["To-Path", "From-Path"], f"path headers first: {values}"
    return Frame(found[2], values[0][1], values[1][1], values[2:], tid=found[1])


class Closed(Exception):
    """The other end closed or reset the connection."""


class Link:
    """tls: an ssl.SSLContext, and the name to ask for (client side), or True for a server. truncated: closed without close_notify."""

    def __init__(self, address, tls=None, **options):
        self.socket = address if isinstance(address, socket.socket) else socket.create_connection(address, PATIENCE, **options)
        self.socket.settimeout(PATIENCE)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.truncated = False
        if tls:
            context, name = tls
            how = {"server_side": True} if name is True else {"server_hostname": name}
            self.socket = context.wrap_socket(self.socket, suppress_ragged_eofs=False, **how)
        self.buffer = bytearray()

    def write(self, octets):
        try:
            self.socket.sendall(octets)
        except (BrokenPipeError, ConnectionResetError) as reason:
            raise Closed() from reason

    def send(self, frame):
        self.write(frame.encode())
        return frame

    def fill(self):
        try:
            octets = self.socket.recv(1 << 18)
        except ssl.SSLEOFError as reason:
            self.truncated = True
            raise Closed() from reason
        except ConnectionResetError as reason:
            raise Closed() from reason
        if not octets:
            raise Closed()
        self.buffer += octets

    def until(self, *ends):
        """Reads until one of `ends` (compiled patterns) matches; the match that begins first."""
        searched = 0
        while True:
            found = [match for match in (end.search(self.buffer, searched) for end in ends) if match]
            if found:
                return min(found, key=lambda match: match.start())
            searched = max(0, len(self.buffer) - 64)
            self.fill()

    def read_head(self):
        """Reads a start line and its headers; (Frame, whether a body follows). The end-line of a bodiless frame stays in the buffer."""
        first = self.until(re.compile(rb"\r\n"))
        tid = bytes(self.buffer[:first.start()]).split(b" ")[1]
        end = re.compile(rb"\r\n(\r\n|-------" + re.escape(tid) + rb"[$+#]\r\n)")
        found = self.until(end)
        has_body = found[1] == b"\r\n"
        frame = decode_head(bytes(self.buffer[:found.start()]))
        del self.buffer[:found.end() if has_body else found.start() + 2]
        return frame, has_body

    def read(self):
        """The next whole frame."""
        frame, has_body = self.read_head()
        end = re.compile((rb"\r\n" if has_body else rb"") + rb"-------" + re.escape(frame.tid.encode()) + rb"([$+#])\r\n")
        found = self.until(end)
        if has_body:
            frame.body = bytes(self.buffer[:found.start()])
        else:
            assert found.start() == 0, self.buffer[:100]
        frame.flag = found[1].decode()
        del self.buffer[:found.end()]
        return frame

    def read_message(self):
        """Chunks up to one that does not continue: (first chunk, joined body, flag of the last). Checks that ranges are gapless."""
        first = chunk = self.read()
        body = chunk.body or b""
        while chunk.flag == "+":
            chunk = self.read()
            assert chunk.get("Message-ID") == first.get("Message-ID"), (first, chunk)
            start = int(chunk.get("Byte-Range").split("-")[0])
            assert start == len(body) + int((first.get("Byte-Range") or "1-").split("-")[0]), f"gap: {start} after {len(body)}"
            body += chunk.body or b""
        return first, body, chunk.flag

    def silent(self):
        """Nothing has arrived (that is all it says: send something after it that is answered, and look then)."""
        return not self.buffer and not select.select([self.socket], [], [], 0)[0]

    def closed(self):
        """Reads on until the other end closes; True then, and what came before stays in the buffer. Fails when it stays open."""
        try:
            while True:
                self.fill()
        except Closed:
            return True

    def close(self):
        self.socket.close()

    def reset(self):
        """Ends by RST."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        self.socket.close()


HASHES = {"MD5": hashlib.md5, "SHA-256": hashlib.sha256}


def digest(algorithm, text):
    return HASHES[algorithm](text.encode()).hexdigest()


def parameters(value):
    """`Digest a=b, c="d"` -> {"a": "b", "c": '"d"'} (quotes kept: who must quote what is tested)."""
    scheme, _, rest = value.partition(" ")
    assert scheme == "Digest", value
    return dict(part.strip().split("=", 1) for part in re.findall(r'\s*([a-z-]+=(?:"[^"]*"|[^",\s]+))\s*(?:,|$)', rest, re.I))


def unquoted(value):
    return value[1:-1] if value.startswith('"') else value


def authorization(challenge, user, password, uri, nc=1, cnonce=None, algorithm=None, style="bare", without=(), change=None,
                  method="AUTH"):
    """The Authorization value. style: "bare" (RFC: qop and nc bare, no uri), "msrplib" (both quoted, no uri), "crocodile" (bare, with uri)."""
    asked = parameters(challenge)
    algorithm = algorithm or unquoted(asked.get("algorithm", "MD5"))
    realm, nonce = unquoted(asked["realm"]), unquoted(asked["nonce"])
    cnonce = cnonce or os.urandom(6).hex()
    count = f"{nc:08x}"
    ha1 = digest(algorithm, f"{user}:{realm}:{password}")
    response = digest(algorithm, f"{ha1}:{nonce}:{count}:{cnonce}:auth:{digest(algorithm, f'{method}:{uri}')}")
    values = {"username": f'"{user}"', "realm": f'"{realm}"', "nonce": f'"{nonce}"', "qop": "auth", "nc": count, "cnonce": f'"{cnonce}"',
              "response": f'"{response}"'}
    if "opaque" in asked:
        values["opaque"] = asked["opaque"]
    if "algorithm" in asked:
        values["algorithm"] = asked["algorithm"]
    if style == "msrplib":
        values["qop"], values["nc"] = '"auth"', f'"{count}"'
    if style == "crocodile":
        values["uri"] = f'"{uri}"'
    values.update(change or {})
    return "Digest " + ", ".join(f"{name}={value}" for name, value in values.items() if name not in without)


def rspauth(challenge, user, password, uri, info):
    """What Authentication-Info's rspauth must be: H(A2) without a method (RFC 2617 3.2.3)."""
    asked = parameters(challenge)
    algorithm = unquoted(asked.get("algorithm", "MD5"))
    ha1 = digest(algorithm, f"{user}:{unquoted(asked['realm'])}:{password}")
    return digest(algorithm, f"{ha1}:{unquoted(asked['nonce'])}:{info['nc']}:{unquoted(info['cnonce'])}:auth:{digest(algorithm, ':' + uri)}")


class Client(Link):
    """relay: (address to connect to, its URI as it stands in To-Path of AUTH). source: the address to connect from."""

    def __init__(self, address, relay_uri, name="someone", source=None, tls=None):
        super().__init__(address, tls, **({"source_address": (source, 0)} if source else {}))
        self.relay_uri, self.name = relay_uri, name
        self.uri = f"{'msrps' if tls else 'msrp'}://{name}.invalid:2855/{unique('s')};tcp"
        self.use_path = None

    def ask_auth(self, authorization_value=None, headers=(), uri=None, from_path=None):
        headers = list(headers) + ([("Authorization", authorization_value)] if authorization_value else [])
        request = self.send(Frame("AUTH", uri or self.relay_uri, from_path or self.uri, headers))
        answer = self.read()
        assert answer.tid == request.tid, (request, answer)
        for value in answer.all("WWW-Authenticate"):
            secrets.add(unquoted(parameters(value)["nonce"]))
        secrets.update(re.findall(r'response="?([0-9a-f]{32,})', authorization_value or ""))
        return answer

    def challenge(self, algorithm="MD5", **more):
        """Asks without credentials; the WWW-Authenticate value of that algorithm."""
        answer = self.ask_auth(**more)
        assert answer.code == 401, answer
        for value in answer.all("WWW-Authenticate"):
            if unquoted(parameters(value).get("algorithm", "MD5")) == algorithm:
                return value
        raise AssertionError(f"no {algorithm} challenge in {answer}")

    def auth(self, user=None, password=None, headers=()):
        """The whole exchange; the Use-Path URI, which is remembered."""
        user = user or self.name
        answer = self.ask_auth(authorization(self.challenge(), user, password or f"{user}-pw", self.relay_uri), headers)
        assert answer.code == 200, answer
        self.use_path = answer.get("Use-Path")
        secrets.update(re.findall(r"/([^/;]{16,});", self.use_path or ""))
        secrets.add(password or f"{user}-pw")
        return self.use_path

    def message(self, path, body=b"hello", headers=(), flag="$", byte_range=None, message_id=None, content_type="text/plain", method="SEND"):
        """A request along my Use-Path and `path` (a string). body None: none at all."""
        values = [("Message-ID", message_id or unique("m"))]
        if byte_range is None and body is not None:
            byte_range = f"1-{len(body)}/{len(body)}"
        if byte_range:
            values.append(("Byte-Range", byte_range))
        values += headers
        if body is not None:
            values.append(("Content-Type", content_type))
        to_path = f"{self.use_path} {path}" if self.use_path else path
        return Frame(method, to_path, self.uri, values, body, flag)

    def path(self):
        """What a peer puts behind its own relays to reach me: my relays, the farthest first."""
        return " ".join([*(self.use_path or "").split()[::-1], self.uri])

    def answer(self, request, code=200, comment=" OK", to_path=None, headers=()):
        """Responds as an endpoint does: SEND to the first From-Path URI, others to the whole path."""
        to_path = to_path or (request.from_path[:1] if request.method == "SEND" else request.from_path)
        return self.send(Frame(f"{code}{comment}", to_path, request.to_path[0], headers, tid=request.tid))

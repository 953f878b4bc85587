#!/usr/bin/env python3
"""Framing on real sockets: cuts, sizes, cut-through, back-pressure, broken senders, malformed input, probation (R-001 to R-022, R-130 to R-142, R-225, R-300)."""

import contextlib
import hashlib
import os
import re
import select
import threading

import relay as e2e
from msrp import Closed, Frame, unique
from relay import Relay, Shared, tap

shared = Shared()


@contextlib.contextmanager
def people(*names, relay=None):
    with contextlib.ExitStack() as stack:
        yield [stack.enter_context(contextlib.closing((relay or shared()).client(name))) for name in names]


def exchange(alice, bob, body=b"hello"):
    sent = alice.send(alice.message(bob.path(), body))
    _, got, flag = bob.read_message()
    assert got == body and flag == "$", (len(got), flag)
    answer = alice.read()
    assert answer.tid == sent.tid and answer.code == 200, answer


def test_octet_by_octet():
    """frames that arrive one octet at a time (R-009)"""
    with people("alice", "bob") as (alice, bob):
        for body in (b"cut\r\n-------nearly", None):
            for octet in alice.message(bob.path(), body).encode():
                alice.write(bytes([octet]))
            assert bob.read().body == body
            assert alice.read().code == 200


def test_many_in_one_segment():
    """five hundred frames in one write, in order (R-009, R-112, R-141)"""
    with people("alice", "bob") as (alice, bob):
        frames = [alice.message(bob.path(), b"n%d" % number) for number in range(500)]
        writer = threading.Thread(target=alice.write, args=(b"".join(frame.encode() for frame in frames),))
        writer.start()
        for frame in frames:
            got = bob.read()
            assert got.body == frame.body and got.get("Message-ID") == frame.get("Message-ID"), (got, frame)
        writer.join()
        assert [alice.read().tid for _ in frames] == [frame.tid for frame in frames]


def test_bodies_like_frames():
    """end-lines of other ids, wrong flags, more or fewer hyphens, NULs and trailing CRLFs are body (R-007, R-008)"""
    with people("alice", "bob") as (alice, bob):
        tid = unique()
        for body in (f"-------{tid}x$\r\n-------{tid[:-1]}$\r\n", f"-------{tid.upper()}$\r\n", f"\r\n-------{tid}!\r\n", f"\r\n--------{tid[1:]}$\r\n",
                     f"\r\n------{tid}$\r\n", "\r\n\r\n", "-" * 5000, "\r\n" * 3000, "\0\r\n-------", f"\r\n-------{tid}$", "MSRP d93kswow 200 OK\r\n"):
            request = alice.message(bob.path(), body.encode() + b"\xff\xfe", content_type="application/octet-stream")
            request.tid = tid
            alice.send(request)
            _, got, flag = bob.read_message()
            assert got == request.body and flag == "$", (got, request.body)
            assert alice.read().tid == tid


def test_sizes():
    """bodies of many sizes arrive whole (R-020, R-141)"""
    with people("alice", "bob") as (alice, bob):
        for size in (1, 63, 64, 65, 2047, 2048, 2049, 4095, 4096, 8192, 16383, 16384, 16385, 65536, 100_001, 1 << 20):
            exchange(alice, bob, os.urandom(size))


def test_large_chunk():
    """one chunk of 48 MiB, equal SHA-256 (R-020, R-139)"""
    with people("alice", "bob") as (alice, bob):
        block, count = os.urandom(1 << 20), 48
        frame = alice.message(bob.path(), b"", byte_range=f"1-*/{count << 20}")
        head, end = frame.encode().split(b"\r\n\r\n")[0] + b"\r\n\r\n", f"\r\n-------{frame.tid}$\r\n".encode()

        def write():
            alice.write(head)
            for _ in range(count):
                alice.write(block)
            alice.write(end)
        writer = threading.Thread(target=write)
        writer.start()
        digest, wanted, received, flag, start = hashlib.sha256(), hashlib.sha256(), 0, "+", 1
        while flag == "+":
            got, _ = bob.read_head()
            assert int(got.get("Byte-Range").split("-")[0]) == start + received, (got, received)
            line = re.compile(rb"\r\n-------" + re.escape(got.tid.encode()) + rb"([$+#])\r\n")
            while not (found := line.search(bob.buffer)):
                keep = len(bob.buffer) - 64
                if keep > 0:
                    digest.update(bob.buffer[:keep])
                    received += keep
                    del bob.buffer[:keep]
                bob.fill()
            digest.update(bob.buffer[:found.start()])
            received += found.start()
            flag = found[1].decode()
            del bob.buffer[:found.end()]
        for _ in range(count):
            wanted.update(block)
        writer.join()
        assert flag == "$" and received == count << 20 and digest.digest() == wanted.digest()
        assert alice.read().code == 200


def test_cut_through():
    """forwarding starts before the chunk's end has arrived (R-139)"""
    with people("alice", "bob") as (alice, bob):
        body = os.urandom(200_000)
        frame = alice.message(bob.path(), body, byte_range=f"1-*/{len(body)}")
        octets = frame.encode()
        alice.write(octets[:100_000])
        head, _ = bob.read_head()
        while len(bob.buffer) < 50_000:
            bob.fill()
        alice.write(octets[100_000:])
        line = re.compile(rb"\r\n-------" + re.escape(head.tid.encode()) + rb"([$+#])\r\n")
        found = bob.until(line)
        assert found[1] == b"$" and bytes(bob.buffer[:found.start()]) == body


def test_sender_dies():
    """a sender that dies in mid-chunk: the chunk is aborted or continued, the receiver's link stays usable (R-136)"""
    with people("alice", "bob", "carol") as (alice, bob, carol):
        for die in (carol.close, None):
            sender = carol if die else shared().client("dave")
            octets = sender.message(bob.path(), os.urandom(100_000), byte_range="1-*/100000").encode()
            sender.write(octets[:60_000])
            bob.read_head()  # begun
            (die or sender.reset)()
            found = bob.until(re.compile(rb"\r\n-------[A-Za-z0-9.\-+%=]{4,32}([$+#])\r\n"))
            assert found[1] in b"#+", found
            del bob.buffer[:found.end()]
            exchange(alice, bob)


def test_slow_receiver():
    """a receiver that does not read slows its sender and nobody else, and loses nothing (R-140, R-142)"""
    with people("alice", "bob", "carol", "dave") as (alice, bob, carol, dave):
        size = 64 << 20
        frame = alice.message(bob.path(), b"", [("Failure-Report", "no")], byte_range=f"1-*/{size}")
        head, end = frame.encode().split(b"\r\n\r\n")[0] + b"\r\n\r\n", f"\r\n-------{frame.tid}$\r\n".encode()
        block = os.urandom(1 << 16)
        sent, wanted = 0, hashlib.sha256()
        alice.write(head)
        alice.socket.setblocking(False)
        rest = b""
        stalled = False
        while sent < size and not stalled:  # until neither this socket nor the relay takes more
            rest = rest or block
            try:
                count = alice.socket.send(rest)
                wanted.update(rest[:count])
                sent, rest = sent + count, rest[count:]
            except BlockingIOError:
                stalled = not select.select([], [alice.socket], [], 1.0)[1]
        assert stalled, f"{sent} octets were taken from a sender whose receiver reads nothing"
        for _ in range(20):
            exchange(carol, dave, os.urandom(10_000))
        alice.socket.settimeout(e2e.PATIENCE)

        def write():
            nonlocal sent, rest
            while sent < size:
                rest = rest or block
                rest = rest[:size - sent]
                alice.write(rest)
                wanted.update(rest)
                sent, rest = sent + len(rest), b""
            alice.write(end)
        writer = threading.Thread(target=write)
        writer.start()
        got, received, flag = hashlib.sha256(), 0, "+"
        while flag == "+":
            chunk, _ = bob.read_head()
            line = re.compile(rb"\r\n-------" + re.escape(chunk.tid.encode()) + rb"([$+#])\r\n")
            while not (found := line.search(bob.buffer)):
                keep = len(bob.buffer) - 64
                if keep > 0:
                    got.update(bob.buffer[:keep])
                    received += keep
                    del bob.buffer[:keep]
                bob.fill()
            got.update(bob.buffer[:found.start()])
            received += found.start()
            flag = found[1].decode()
            del bob.buffer[:found.end()]
        writer.join()
        assert flag == "$" and received == size and got.digest() == wanted.digest(), (flag, received)


GOOD = "MSRP {tid} SEND\r\nTo-Path: {to}\r\nFrom-Path: {me}\r\nMessage-ID: m1\r\nByte-Range: 1-2/2\r\nContent-Type: text/plain\r\n\r\nhi\r\n-------{tid}$\r\n"
# What is changed in GOOD; the answer must be 400, and the link may then be closed.
ANSWERABLE = {
    "no Message-ID": ("Message-ID: m1\r\n", ""),
    "two Message-IDs (R-022)": ("Message-ID: m1\r\n", "Message-ID: m1\r\nMessage-ID: m2\r\n"),
    "body without Content-Type (R-010)": ("Content-Type: text/plain\r\n", ""),
    "Content-Type not last (R-010)": ("Content-Type: text/plain\r\n", "Content-Type: text/plain\r\nX-Late: 1\r\n"),
    "Byte-Range of letters (R-019)": ("1-2/2", "a-b/c"),
    "Byte-Range of 0 (R-019)": ("1-2/2", "0-2/2"),
    "Byte-Range beyond 64 bits (R-019)": ("1-2/2", "99999999999999999999999-*/*"),
    "Failure-Report maybe (R-021)": ("Message-ID: m1\r\n", "Message-ID: m1\r\nFailure-Report: maybe\r\n"),
    "Success-Report partial (R-021)": ("Message-ID: m1\r\n", "Message-ID: m1\r\nSuccess-Report: partial\r\n"),
    "header without a colon (R-003)": ("Message-ID: m1\r\n", "Message-ID: m1\r\nNoColon\r\n"),
    "NUL in a header (R-012)": ("Message-ID: m1\r\n", "Message-ID: m1\r\nX-Nul: a\0b\r\n"),
    "bare LF in a header (R-004)": ("Message-ID: m1\r\n", "Message-ID: m1\r\nX-Lf: a\nb\r\n"),
    "folded header (R-004)": ("Message-ID: m1\r\n", "Message-ID: m1\r\nX-Fold: a\r\n b\r\n"),
    "17 URIs in a path (R-018)": ("{to}", "{to}" + " msrp://a.example.org:1/x;tcp" * 16),
}
# Here it may also just be closed: the head cannot be read.
HOPELESS = {
    "From-Path first (R-003)": ("To-Path: {to}\r\nFrom-Path: {me}\r\n", "From-Path: {me}\r\nTo-Path: {to}\r\n"),
    "no From-Path (R-003)": ("From-Path: {me}\r\n", ""),
    "To-Path without transport (R-030)": ("{to}", "msrp://relay.example.org:2855/abc"),
    "http URI (R-030)": ("{to}", "http://relay.example.org:2855/abc;tcp"),
    "lower-case method (R-001)": ("SEND", "send"),
    "lower-case protocol (R-001)": ("MSRP {tid} SEND", "msrp {tid} SEND"),
    "id of 3 octets (R-002)": ("{tid}", "abc"),
    "id of 33 octets (R-002)": ("{tid}", "a" * 33),
    "id that begins with a hyphen (R-002)": ("{tid}", "-abcdef"),
    "two spaces in the start line (R-001)": ("MSRP {tid}", "MSRP  {tid}"),
    "70 headers (R-018)": ("Message-ID: m1\r\n", "Message-ID: m1\r\n" + "X-A: b\r\n" * 70),
    "header section of 20,000 octets (R-018)": ("Message-ID: m1\r\n", "Message-ID: m1\r\nX-Long: " + "a" * 20000 + "\r\n"),
    "start line that never ends (R-018)": ("MSRP {tid} SEND\r\n", "MSRP {tid} " + "A" * 200_000),
}


def malformed(change, only_400):
    with people("alice", "bob") as (alice, bob), contextlib.closing(shared().client("carol")) as carol:
        tid = unique()
        octets = GOOD.replace(*change).replace("{tid}", tid).replace("{to}", f"{carol.use_path} {bob.path()}").replace("{me}", carol.uri)
        try:
            carol.write(octets.encode())
            answer = carol.read()
            assert answer.code == 400 and answer.tid == tid and answer.body is None, answer
            assert answer.to_path == [carol.uri], answer
        except Closed:
            assert not only_400, "closed without a 400"
        exchange(alice, bob)  # bob got nothing of it, and nobody else noticed


def test_malformed_quiet():
    """a malformed SEND with Failure-Report no is not answered (R-086)"""
    with people("alice", "bob") as (alice, bob), contextlib.closing(shared().client("carol")) as carol:
        request = carol.message(bob.path(), b"x", [("Failure-Report", "no")], byte_range="x")
        with contextlib.suppress(Closed):
            carol.send(request)
            answer = carol.ask_auth()  # what comes first is the answer to this, or the end of the link
            assert answer.code == 401, answer
        exchange(alice, bob)


GARBAGE = {
    "HTTP": b"GET / HTTP/1.1\r\nHost: relay.example.org\r\n\r\n",
    "a TLS hello": bytes.fromhex("16030100f8010000f40303") + os.urandom(200),
    "SIP": b"OPTIONS sip:relay.example.org SIP/2.0\r\nVia: SIP/2.0/TCP x;branch=z9hG4bK1\r\n\r\n",
    "NULs": b"\0" * 70_000,
    "line ends": b"\r\n" * 35_000,
    "chance": os.urandom(70_000),
    "a start line of nothing": b"MSRP\r\n\r\n",
}


def garbage(octets):
    with contextlib.closing(shared().link()) as link:
        with contextlib.suppress(Closed):
            link.write(octets)
        assert link.closed()
    shared().alive()


def test_probation():
    """a link that says nothing, or nothing that succeeds, is closed after first_request; one that succeeded stays (R-225)"""
    with Relay(more='[timers]\nfirst_request = "1s"') as relay:
        with contextlib.closing(relay.client("alice")) as alice, contextlib.closing(relay.link()) as mute, \
                contextlib.closing(relay.stranger()) as failing, contextlib.closing(relay.link()) as drip:
            assert failing.ask_auth().code == 401
            drip.write(b"MSRP abcd SEND\r\nTo-Path: ")
            assert mute.closed() and failing.closed() and drip.closed()
            assert alice.ask_auth().code == 401


def test_links_per_address():
    """more links from one address on a core than the limit are refused, the others live on"""
    with Relay(more="[limits]\nlinks_per_address = 4", cores=1) as relay, contextlib.ExitStack() as stack:
        kept = [stack.enter_context(contextlib.closing(relay.stranger())) for _ in range(4)]
        assert all(link.ask_auth().code == 401 for link in kept)
        extra = stack.enter_context(contextlib.closing(relay.link()))
        with contextlib.suppress(Closed):
            extra.write(Frame("AUTH", relay.uri, "msrp://x.invalid:1/abc;tcp").encode())
        assert extra.closed()
        assert all(link.ask_auth().code == 401 for link in kept)
        kept.pop().close()
        for _ in range(200):  # until the relay has seen it go
            with contextlib.closing(relay.stranger()) as next_one, contextlib.suppress(Closed):
                if next_one.ask_auth().code == 401:
                    break
        else:
            raise AssertionError("the place of a closed link is not given again")


def test_sessions_per_link():
    """more sessions on a link than the limit: 403 with a reason, the old ones live on"""
    with Relay(more="[limits]\nsessions_per_link = 3") as relay, people("alice", "bob", relay=relay) as (alice, bob):
        challenge = None
        for _ in range(2):
            bob.auth()
        request = bob.ask_auth(e2e.msrp.authorization(challenge or bob.challenge(), "bob", "bob-pw", relay.uri))
        assert request.code == 403 and len(request.start) > 4, request
        exchange(alice, bob)


def test_stops():
    shared.stops()


test_stops.__doc__ = Shared.stops.__doc__
if __name__ == "__main__":
    cases = tap.functions(globals())
    cases[-1:-1] = ([(f"400: {name}", lambda change=change: malformed(change, True)) for name, change in ANSWERABLE.items()]
                    + [(f"400 or closed: {name}", lambda change=change: malformed(change, False)) for name, change in HOPELESS.items()]
                    + [(f"garbage is closed, the daemon lives: {name} (R-300)", lambda octets=octets: garbage(octets)) for name, octets in GARBAGE.items()])
    tap.run(cases)

#!/usr/bin/env python3
"""Frames between two clients to the letter: ends, flags, header lines, requests that are never cut, and long chunks that give way to short ones."""

import contextlib
import random
import re
import threading

from msrp import Closed, Frame, unique
from relay import Relay, Shared, tap

shared = Shared()


@contextlib.contextmanager
def two(first="alice", second="bob"):
    with contextlib.closing(shared().client(first)) as alice, contextlib.closing(shared().client(second)) as bob:
        yield alice, bob


def fence(alice, bob):
    """What alice sends next is what bob reads next, and its 200 is what she reads next."""
    word = unique("fence").encode()
    sent = alice.send(alice.message(bob.path(), word))
    got = bob.read()
    assert got.body == word, got
    answer = alice.read()
    assert answer.tid == sent.tid and answer.code == 200, answer
    bob.answer(got)


def test_ends():
    """each flag, with bodies that end in CRLFs, hyphens and parts of an end-line: the CRLF before the end-line is no part of them (R-005, R-135, R-137)"""
    with two() as (alice, bob):
        for body in (b"", b"x", b"\r\n", b"x\r\n", b"\r\n\r\n", b"\r", b"\n", b"-------", b"\r\n-------", b"x\r\n-------t", b"-" * 20, b"\n\r", b"\0"):
            for flag in "$+#":
                total = len(body) if flag == "$" else "*"
                sent = alice.send(alice.message(bob.path(), body, flag=flag, byte_range=f"1-{len(body)}/{total}" if body else f"1-0/{total}"))
                got = bob.read()
                assert got.body == body and got.flag == flag, (got, body, flag)
                assert alice.read().tid == sent.tid
        for flag in "$#":  # without a body too
            sent = alice.send(alice.message(bob.path(), None, flag=flag))
            got = bob.read()
            assert got.body is None and got.flag == flag and alice.read().tid == sent.tid, got


def test_end_of_own_id():
    """hyphens run into the end-line and ids that are parts of each other: every cut of the body is found (R-005, R-007)"""
    with two() as (alice, bob):
        for tid in ("abcd", "a---", "a.-+", "x-------y"):
            for extra in range(12):
                request = alice.message(bob.path(), b"-" * extra + b"\r\n-------" + tid[:-1].encode() + b"$\r\n" + b"-" * extra)
                request.tid = tid
                alice.send(request)
                assert bob.read().body == request.body and alice.read().tid == tid


def test_headers_in_order():
    """unknown headers, twice the same, without a value, in UTF-8, MIME headers: each octet, each in its place (R-011, R-012, R-022)"""
    with two() as (alice, bob):
        headers = [("X-Two", "first"), ("X-Two", "second"), ("x-lower", "a"), ("X-Tab", "a\tb  c "), ("X-Utf8", "\u00e4\u20ac\U0001f600"), ("Keep-Alive", "yes"),
                   ("Content-Disposition", "inline"), ("Content-ID", "<1@x>"), ("Content-Description", "x: y: z"), ("Subject", "-------abcd$")]
        for method in ("SEND", "NICKNAME"):
            request = alice.send(alice.message(bob.path(), b"x", headers, method=method))
            got = bob.read()
            assert [pair for pair in got.headers if pair[0] != "Byte-Range"] == [pair for pair in request.headers if pair[0] != "Byte-Range"], got
            if method == "NICKNAME":
                bob.answer(got, 200, headers=headers[:5])
            answer = alice.read()
            assert answer.tid == request.tid and answer.headers == (headers[:5] if method == "NICKNAME" else []), answer


def test_names_in_any_case():
    """header names in any case are the ones they spell (R-022)"""
    with two() as (alice, bob):
        tid = unique()
        alice.write(f"MSRP {tid} SEND\r\nto-path: {alice.use_path} {bob.path()}\r\nFROM-PATH: {alice.uri}\r\nmessage-id: m9\r\nbyte-range: 1-2/2\r\n"
                    f"failure-REPORT: partial\r\ncontent-type: text/plain\r\n\r\nhi\r\n-------{tid}$\r\n".encode())
        got = bob.read()
        assert got.body == b"hi" and got.get("Message-ID") == "m9" and got.get("Failure-Report") == "partial", got
        fence(alice, bob)


CONTROLS = {"bare CR (R-004)": "a\rb", "bare LF (R-004)": "a\nb", "DEL (R-012)": "a\x7fb", "escape (R-012)": "a\x1b[1mb", "backspace (R-012)": "a\bb",
            "NUL (R-012)": "\0", "octets that are no UTF-8 (R-012)": "a\udcffb"}


def control(value):
    with two() as (alice, bob), contextlib.closing(shared().client("carol")) as carol:
        request = carol.message(bob.path(), b"x", [("X-Odd", "MARK")])
        try:
            carol.write(request.encode().replace(b"MARK", value.encode(errors="surrogateescape")))
            answer = carol.read()
            assert answer.code == 400 and answer.tid == request.tid, answer
        except Closed:
            pass
        fence(alice, bob)


def test_others_are_whole():
    """requests other than SEND: 10240 octets of body pass in one piece, one more does not (R-015)"""
    with two() as (alice, bob):
        for size in (2049, 10_240):
            asked = alice.send(alice.message(bob.path(), b"n" * size, method="NICKNAME"))
            got = bob.read()
            assert got.method == "NICKNAME" and len(got.body) == size and got.flag == "$", got
            bob.answer(got)
            assert alice.read().tid == asked.tid
        for size in (10_241, 100_000):
            with contextlib.closing(shared().client("carol")) as carol:
                request = carol.message(bob.path(), b"n" * size, method="NICKNAME")
                with contextlib.suppress(Closed):
                    carol.send(request)
                    answer = carol.read()
                    assert answer.code in (400, 413) and answer.tid == request.tid, answer
            fence(alice, bob)


def test_report_with_body_is_whole():
    """a REPORT is not cut either, and one beyond 10240 octets is dropped without a word (R-015, R-066)"""
    with two() as (alice, bob):
        values = [("Message-ID", "m"), ("Status", "000 200 OK"), ("Content-Type", "text/plain")]
        alice.send(Frame("REPORT", f"{alice.use_path} {bob.path()}", alice.uri, values, b"r" * 10_240))
        got = bob.read()
        assert got.method == "REPORT" and len(got.body) == 10_240 and got.headers == values, got
        with contextlib.closing(shared().client("carol")) as carol:
            with contextlib.suppress(Closed):
                carol.send(Frame("REPORT", f"{carol.use_path} {bob.path()}", carol.uri, values, b"r" * 10_241))
                assert carol.ask_auth().code == 401
        fence(alice, bob)


def test_bad_responses():
    """responses with a body or with + disturb nobody but their sender; the request's fate is told by a good one (R-013, R-014)"""
    with two() as (alice, bob), contextlib.closing(shared().client("carol")) as carol:
        for tail in (b"Content-Type: text/plain\r\n\r\nx\r\n-------TID$\r\n", b"-------TID+\r\n", b"-------TID#\r\n"):
            with contextlib.closing(shared().client("dave")) as dave:
                alice.send(alice.message(dave.path(), b"x", [("Failure-Report", "no")]))
                got = dave.read()
                with contextlib.suppress(Closed):
                    dave.write(f"MSRP {got.tid} 200 OK\r\nTo-Path: {got.from_path[0]}\r\nFrom-Path: {dave.uri}\r\n".encode() + tail.replace(b"TID", got.tid.encode()))
                    dave.ask_auth()
            fence(carol, bob)
            fence(alice, bob)


def test_never_joined():
    """messages and chunks that arrive in one segment leave as they came: none is joined with another (R-133, R-112)"""
    with two() as (alice, bob):
        frames = []
        for number in range(60):
            frames.append(alice.message(bob.path(), b"%d" % number, [("Failure-Report", ("yes", "no", "partial")[number % 3])],
                                        message_id=f"message{number // 2}", byte_range=f"{number % 2 + 1}-*/*", flag="+$"[number % 2],
                                        content_type=("text/plain", "text/html")[number // 2 % 2]))
        alice.write(b"".join(frame.encode() for frame in frames))
        for frame in frames:
            got = bob.read()
            assert (got.body, got.flag, got.get("Message-ID"), got.get("Content-Type")) == \
                (frame.body, frame.flag, frame.get("Message-ID"), frame.get("Content-Type")), (got, frame)


class Flood:
    """Writes one message without end until it is told to stop."""

    def __init__(self, client, path):
        self.client, self.frame, self.stop = client, client.message(path, b"", [("Failure-Report", "no")], byte_range="1-*/*"), threading.Event()
        self.thread = threading.Thread(target=self.run)
        self.thread.start()

    def run(self):
        self.client.socket.settimeout(60)
        self.client.write(self.frame.encode().split(b"\r\n\r\n")[0] + b"\r\n\r\n")
        while not self.stop.is_set():
            self.client.write(b"bulk" * 16384)
        self.client.write(f"\r\n-------{self.frame.tid}$\r\n".encode())


def test_short_between_long():
    """short messages are not stuck behind four endless ones on the same link; pieces are of 2048 octets or more, and say * (R-130, R-132, R-134, R-302)"""
    with two("carol", "bob") as (carol, bob), contextlib.ExitStack() as stack:
        floods = [Flood(stack.enter_context(contextlib.closing(shared().client(name))), bob.path()) for name in ("alice", "alice", "dave", "dave")]
        at = {flood.frame.get("Message-ID"): 0 for flood in floods}
        try:
            for number in range(20):
                sent = carol.send(carol.message(bob.path(), b"short %d" % number))
                while (got := bob.read()).get("Message-ID") in at:
                    start = int(got.get("Byte-Range").split("-")[0])
                    assert start == at[got.get("Message-ID")] + 1, (got, at)
                    assert len(got.body) >= 2048 and got.flag == "+" and "-*/" in got.get("Byte-Range"), got
                    at[got.get("Message-ID")] += len(got.body)
                assert got.body == b"short %d" % number, got
                bob.answer(got)
                answer = carol.read()
                assert answer.tid == sent.tid and answer.code == 200, answer
        finally:
            for flood in floods:
                flood.stop.set()
        ends = 0
        while ends < len(floods):
            got = bob.read()
            assert int(got.get("Byte-Range").split("-")[0]) == at[got.get("Message-ID")] + 1, got
            at[got.get("Message-ID")] += len(got.body)
            ends += got.flag == "$"
        assert all(octets % 65536 == 0 and octets > 0 for octets in at.values()), at
        for flood in floods:
            flood.thread.join()


def test_mutations():
    """a thousand frames with octets changed, lost and doubled, on links of their own: the daemon lives, and others are served (R-301, R-300, R-014)"""
    chance = random.Random(4976)
    with Relay() as relay, contextlib.closing(relay.client("alice")) as alice, contextlib.closing(relay.client("bob")) as bob:
        for _ in range(100):
            with contextlib.closing(relay.stranger()) as link, contextlib.suppress(Closed):
                for _ in range(10):
                    octets = bytearray(link.message(alice.path(), b"body", [("Success-Report", "yes")]).encode())
                    for _ in range(chance.randint(1, 4)):
                        at = chance.randrange(len(octets))
                        octets[at:at + chance.choice((0, 1, 1, 20))] = chance.choice((b"", b"\r\n", b"-", b"\0", bytes([chance.randrange(256)]), octets[at:at + 30]))
                    link.write(octets)
        relay.alive()
        word = unique().encode()
        bob.send(bob.message(alice.path(), word, [("Failure-Report", "no")]))
        while alice.read().body != word:  # some of the frames were good enough to reach her
            pass
        sent = alice.send(alice.message(bob.path(), word))  # and more of them may come yet, by the other cores
        assert bob.read().body == word
        while (answer := alice.read()).tid != sent.tid:
            assert answer.method, answer
        assert answer.code == 200, answer
    assert not re.search(r"level=(critical|error)", "".join(relay.output)), relay.output


def test_stops():
    shared.stops()


test_stops.__doc__ = Shared.stops.__doc__
if __name__ == "__main__":
    cases = tap.functions(globals())
    cases[-1:-1] = [(f"a header with {name}: 400 or closed, never forwarded", lambda value=value: control(value)) for name, value in CONTROLS.items()]
    tap.run(cases)

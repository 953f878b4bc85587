#!/usr/bin/env python3
"""What goes wrong while a chunk is still arriving: REPORT at once with what has come so far, the rest dropped, one REPORT however many pieces."""

import contextlib
import re
import threading

from msrp import Closed, Frame
from relay import Peer, Shared, tap

shared = Shared(more='[timers]\ntransaction = "2s"\n')
SIZE = 100_000
VALUES = ["no", "partial", "yes", None]


@contextlib.contextmanager
def people():
    with contextlib.closing(shared().client("alice")) as alice, contextlib.closing(shared().client("bob")) as bob, Peer() as peer:
        yield alice, bob, peer


def begin(alice, path, value=None, first=30_000):
    """Sends the head and part of the body of a chunk; (frame, the octets still to be sent)."""
    frame = alice.message(path, bytes(range(256)) * (SIZE // 256) + b"z" * (SIZE % 256), [("Failure-Report", value)] if value else [],
                          byte_range=f"1-*/{SIZE}", content_type="application/octet-stream")
    octets = frame.encode()
    at = octets.index(b"\r\n\r\n") + 4 + first
    alice.write(octets[:at])
    return frame, octets[at:]


def read_some(far, octets=1):
    """The head of a chunk and so much of its body; it stays in the buffer."""
    frame, has_body = far.read_head()
    assert has_body
    while len(far.buffer) < octets:
        far.fill()
    return frame


def end_of(far, frame):
    """Reads on to the end-line: (octets of the body, flag)."""
    found = far.until(re.compile(rb"\r\n-------" + re.escape(frame.tid.encode()) + rb"([$+#])\r\n"))
    body, flag = bytes(far.buffer[:found.start()]), found[1].decode()
    del far.buffer[:found.end()]
    return body, flag


def check_one_report(frames, alice, frame, value, code, end=None):
    """At most the 200, and one REPORT about what had come by then (at least one octet, at most the whole chunk)."""
    reports = [each for each in frames if each.method]
    codes = [each.code for each in frames if each.code]
    assert codes == ([200] if value in ("yes", None) else []) and len(reports) == (value != "no"), (value, frames)
    for report in reports:
        assert report.to_path == [alice.uri] and report.from_path == frame.to_path[:1] and report.get("Message-ID") == frame.get("Message-ID"), report
        assert report.get("Status").startswith(f"000 {code}"), report
        told = re.fullmatch(rf"1-(\d+)/{SIZE}", report.get("Byte-Range"))
        assert told and 1 <= int(told[1]) <= SIZE and int(told[1]) in (end or range(1, SIZE + 1)), report


def fence(alice, more=0):
    """What has come to alice before the answer to this, after `more` frames that must come (another core may be slower than this answer)."""
    first = [alice.read() for _ in range(more)]
    asked = alice.send(Frame("AUTH", alice.relay_uri, alice.uri))
    frames = []
    while True:
        frame = alice.read()
        if frame.tid == asked.tid:
            return first + frames
        frames.append(frame)


def hears(alice, bob, body=b"still well"):
    alice.send(alice.message(bob.path(), body))
    got = bob.read()
    assert got.body == body, got
    assert alice.read().code == 200
    bob.answer(got)


def refused_in_mid_chunk(code, value):
    with people() as (alice, bob, peer):
        frame, rest = begin(alice, peer.uri, value)
        with contextlib.closing(peer.accept()) as far:
            got = read_some(far, 20_000)
            far.answer(got, code, " No More")
            if value == "no":  # nobody asked for that answer
                alice.write(rest)
                assert [end_of(far, got)[1], fence(alice)] == ["$", []]
                return hears(alice, bob)
            frames = [alice.read()]  # while this end still owes 70,000 octets
            assert frames[0].method == "REPORT", frames
            body, flag = end_of(far, got)  # closed towards the next hop before the rest was sent
            assert flag in ("#", "+") and len(body) <= 30_000, (len(body), flag)
            alice.write(rest)
            frames += fence(alice, value != "partial")
            check_one_report(frames, alice, frame, value, code, range(1, 30_001))
            again = alice.send(alice.message(peer.uri, b"the next message"))
            assert far.read().body == b"the next message" and alice.read().tid == again.tid  # and nothing of the rest before it
            hears(alice, bob)


def reset_in_mid_chunk(value):
    with people() as (alice, bob, peer):
        frame, rest = begin(alice, peer.uri, value)
        far = peer.accept()
        read_some(far, 10_000)
        far.reset()
        frames = []
        if value != "no":
            frames.append(alice.read())
        alice.write(rest)
        check_one_report(frames + fence(alice, value in ("yes", None)), alice, frame, value, "4", range(1, 30_001))
        assert not peer.was_dialled()  # a rest without its beginning is sent to nobody
        hears(alice, bob)


def test_refused_by_our_client():
    """413 of a client of this relay in mid-chunk: REPORT at once, both links serve on (R-117, R-107)"""
    with people() as (alice, bob, _):
        frame, rest = begin(alice, bob.path())
        got = read_some(bob, 20_000)
        bob.answer(got, 413, " Stop")
        report = alice.read()
        body, flag = end_of(bob, got)
        assert flag in ("#", "+") and len(body) <= 30_000, (len(body), flag)
        alice.write(rest)
        check_one_report([report, *fence(alice, 1)], alice, frame, None, 413, range(1, 30_001))
        hears(alice, bob)
        hears(bob, alice)


def test_our_client_dies():
    """a client of this relay resets in mid-chunk: REPORT at once, the rest goes nowhere, its sender goes on (R-115, R-117, R-231)"""
    with people() as (alice, bob, _), contextlib.closing(shared().client("carol")) as carol:
        frame, rest = begin(alice, carol.path())
        read_some(carol, 10_000)
        carol.reset()
        report = alice.read()
        alice.write(rest)
        check_one_report([report, *fence(alice, 1)], alice, frame, None, "4", range(1, 30_001))
        hears(alice, bob)


def test_clock_starts_with_the_end():
    """the 30 s begin with the last octet: a sender slower than [timers] transaction is not reported while it sends (R-105)"""
    with people() as (alice, bob, peer), Peer() as mute, contextlib.closing(shared().client("carol")) as carol:
        frame, rest = begin(alice, peer.uri)
        with contextlib.closing(peer.accept()) as far:
            got = read_some(far, 20_000)
            for _ in range(2):  # two whole periods of the clock pass
                carol.send(carol.message(mute.uri, b"tick"))
                assert carol.read().code == 200
                assert carol.read().get("Status").startswith("000 408")
            alice.write(rest)
            body, flag = end_of(far, got)
            while flag == "+":  # it may have been cut while it waited
                got = far.read_head()[0]
                more, flag = end_of(far, got)
                body += more
            assert flag == "$" and len(body) == SIZE, (flag, len(body))
            far.answer(got)
            assert alice.read().tid == frame.tid
            carol.send(carol.message(mute.uri, b"tick"))
            assert carol.read().code == 200
            assert carol.read().get("Status").startswith("000 408")
            assert fence(alice) == []


def test_clock_waits_for_the_reader():
    """the 30 s do not begin while the end of the chunk waits for a receiver that does not read (R-105)"""
    size = 16 << 20
    with people() as (alice, bob, _), Peer() as mute, contextlib.closing(shared().client("carol")) as carol:
        frame = alice.message(bob.path(), bytes(size), byte_range=f"1-*/{size}")
        writer = threading.Thread(target=alice.write, args=(frame.encode(),))
        alice.socket.settimeout(60)
        writer.start()
        for _ in range(2):
            carol.send(carol.message(mute.uri, b"tick"))
            assert carol.read().code == 200
            assert carol.read().get("Status").startswith("000 408")
        first, body, flag = bob.read_message()
        assert flag == "$" and len(body) == size, (flag, len(body))
        assert first.get("Message-ID") == frame.get("Message-ID")
        writer.join()
        answer = alice.read()
        assert answer.tid == frame.tid and answer.code == 200, answer
        bob.send(bob.message(alice.path(), b"unanswered pieces", [("Failure-Report", "no")]))
        assert alice.read().body == b"unanswered pieces"  # and nothing was reported before
        report = alice.read()  # the clock runs now: nobody has answered
        assert report.method == "REPORT" and report.get("Status").startswith("000 408") and report.get("Byte-Range") == f"1-{size}/{size}", report


def test_pieces_fail_once():
    """a chunk that went out in pieces, each of which is refused: one REPORT about the whole of it (R-107, R-110, R-131, R-255)"""
    with people() as (alice, bob, peer):
        frame, rest = begin(alice, peer.uri)
        with contextlib.closing(peer.accept()) as far:
            pieces = [read_some(far, 20_000)]
            gone = f"{alice.use_path.rsplit('/', 1)[0]}/AAAAAAAAAAAAAAAAAAAAAAAA;tcp {alice.uri}"
            far.send(far.message(gone))
            assert end_of(far, pieces[0])[1] == "+"
            assert far.read().code == 481  # which interrupted
            alice.write(rest)
            flag = "+"
            while flag == "+":
                pieces.append(far.read_head()[0])
                flag = end_of(far, pieces[-1])[1]
            assert flag == "$" and len(pieces) >= 2
            for piece in pieces:
                assert piece.get("Message-ID") == frame.get("Message-ID"), piece
                far.answer(piece, 400)
            frames = [alice.read(), alice.read()]
            frames += fence(alice)
            check_one_report(frames, alice, frame, None, 400, [SIZE])
            hears(alice, bob)


def test_sender_gone_nothing_reported():
    """the sender itself dies in mid-chunk: the next hop sees # or +, answers what it likes, and nothing more happens (R-136, R-116)"""
    with people() as (alice, bob, peer), contextlib.closing(shared().client("carol")) as carol:
        begin(carol, peer.uri)
        with contextlib.closing(peer.accept()) as far:
            got = read_some(far, 20_000)
            carol.reset()
            assert end_of(far, got)[1] in ("#", "+")
            far.answer(got, 413)
            far.send(far.message(alice.path(), b"this link serves on"))
            assert alice.read().body == b"this link serves on" and far.read().code == 200
            hears(alice, bob)


def test_rest_after_guard():
    """a chunk refused by its head is refused once: the rest is read and dropped, the link serves on (R-092, R-108)"""
    with people() as (alice, bob, _):
        frame, rest = begin(alice, "msrp://10.1.2.3:9/x;tcp")
        answer = alice.read()
        assert answer.code == 403 and answer.tid == frame.tid, answer
        alice.write(rest)
        assert fence(alice) == []
        hears(alice, bob)


def test_refused_head_of_endless_chunk():
    """an unknown session is told with the head, not after the end (R-090)"""
    with people() as (alice, bob, _):
        gone = f"{bob.use_path.rsplit('/', 1)[0]}/AAAAAAAAAAAAAAAAAAAAAAAA;tcp {bob.uri}"
        frame, rest = begin(alice, gone)
        first = alice.read()
        assert first.method == "REPORT" or first.code == 481, first
        with contextlib.suppress(Closed):
            alice.write(rest)
        frames = [first, *fence(alice, first.method == "REPORT")]
        codes = [each.code for each in frames if each.code]
        assert len(codes) == 1 and len(frames) - len(codes) == (codes == [200]), frames
        assert codes[0] in (200, 481) and frame.tid == next(each.tid for each in frames if each.code), frames
        hears(alice, bob)


def test_stops():
    shared.stops()


test_stops.__doc__ = Shared.stops.__doc__
if __name__ == "__main__":
    cases = tap.functions(globals())
    named = [(value, f"Failure-Report {value or 'absent'}") for value in VALUES]
    cases[-1:-1] = ([(f"{code} in mid-chunk, {name}: REPORT at once, the chunk aborted onward, the rest dropped (R-117, R-110)",
                      lambda code=code, value=value: refused_in_mid_chunk(code, value)) for code in (413, 481, 699) for value, name in named]
                    + [(f"reset in mid-chunk, {name} (R-115, R-110)", lambda value=value: reset_in_mid_chunk(value)) for value, name in named])
    tap.run(cases)

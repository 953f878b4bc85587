#!/usr/bin/env python3
"""Failure-Report {absent, yes, partial, no} against what a next hop can do: exactly the responses and REPORTs of RFC 4976, once, to the right
path. A case sends one chunk with each value in turn; the last, with none, is also the fence: what the others cause has come before it."""

import contextlib
import socket

import relay as e2e
from msrp import Frame, unique
from relay import Peer, Relay, Shared, tap

TIMERS = '[timers]\ntransaction = "2s"\nfirst_request = "2s"\n'
shared = Shared(more=TIMERS + '[dns]\nhosts = { "inside.example.org" = "10.1.2.3" }')
VALUES = ["no", "partial", "yes", None]
BODY, RANGE, REPORTED = b"x" * 50, "101-*/900", "101-150/900"


def asks(value):
    return value in ("yes", None)


@contextlib.contextmanager
def alice_and_peer():
    with contextlib.closing(shared().client("alice")) as alice, Peer() as peer:
        yield alice, peer


def chunk(alice, path, value, body=BODY, byte_range=RANGE):
    headers = [("Failure-Report", value)] if value else []
    return alice.message(path, body, [("Success-Report", "no"), *headers], flag="+", byte_range=byte_range)


def collect(alice, sent, enough):
    """Reads what comes to alice until enough(frames of the last chunk); by chunk."""
    by_chunk = {frame.get("Message-ID"): [] for frame in sent}
    of_tid = {frame.tid: frame.get("Message-ID") for frame in sent}
    last = by_chunk[sent[-1].get("Message-ID")]
    while not enough(last):
        frame = alice.read()
        by_chunk[of_tid[frame.tid] if frame.code else frame.get("Message-ID")].append(frame)
    fence = alice.send(Frame("AUTH", alice.relay_uri, alice.uri))
    frame = alice.read()
    assert frame.tid == fence.tid, frame  # nothing more than was enough
    return [by_chunk[frame.get("Message-ID")] for frame in sent]


def check_report(report, alice, request, code, byte_range=REPORTED):
    assert report.method == "REPORT" and report.to_path == [alice.uri] and report.from_path == request.to_path[:1], report
    names = [name for name, _ in report.headers]
    assert sorted(names) == ["Byte-Range", "Message-ID", "Status"] and report.body is None and report.flag == "$", report
    assert report.get("Byte-Range") == byte_range, report
    status = report.get("Status").split(" ")
    assert status[0] == "000" and (status[1] == code if code else status[1][0] in "45"), report


def check_200(answer, alice, request):
    assert answer.code == 200 and answer.tid == request.tid, answer
    assert answer.to_path == [alice.uri] and answer.from_path == request.to_path[:1], answer


def check_forwarded_and_failed(alice, sent, got, code=None, partial=True):
    """200 to who asked, and a REPORT to who wants to know."""
    for request, frames in zip(sent, got):
        value = request.get("Failure-Report")
        if asks(value):
            check_200(*[frame for frame in frames if frame.code], alice, request)
        reports = [frame for frame in frames if frame.method]
        assert len(frames) == asks(value) + (asks(value) or value == "partial" and partial), (value, frames)
        for report in reports:
            check_report(report, alice, request, code)


def answered_and_reported(frames):
    return len(frames) == 2


def test_answered_200():
    """next hop answers 200: 200 to who asked, at once, and no REPORT (R-065, R-085, R-086, R-087, R-111)"""
    with alice_and_peer() as (alice, peer):
        sent = [alice.send(chunk(alice, peer.uri, value)) for value in VALUES]
        with contextlib.closing(peer.accept()) as far:
            got = [far.read() for _ in sent]
            for request, frame in zip(sent, got):
                assert frame.get("Failure-Report") == request.get("Failure-Report") and frame.body == BODY and frame.flag == "+", frame
            frames = collect(alice, sent, lambda last: len(last) == 1)  # before any answer of the next hop
            for frame in got:
                far.answer(frame)
            more = alice.send(chunk(alice, peer.uri, None))
            far.answer(far.read())
            assert [frame.code for frame, in [*frames[2:], *collect(alice, [more], lambda last: len(last) == 1)]] == [200, 200, 200]
            assert frames[:2] == [[], []], frames


def answered(code, comment, reported):
    with alice_and_peer() as (alice, peer):
        sent = [alice.send(chunk(alice, peer.uri, value)) for value in VALUES]
        with contextlib.closing(peer.accept()) as far:
            for _ in sent:
                frame = far.read()
                far.answer(frame, code, comment)
                far.answer(frame, code, comment)  # a second answer changes nothing
            got = collect(alice, sent, answered_and_reported if reported else lambda last: len(last) == 1)
            if reported:
                check_forwarded_and_failed(alice, sent, got, str(code))
            else:
                assert [[frame.code for frame in frames] for frames in got] == [[], [], [200], [200]], got


ANSWERS = {
    "481 (R-107, R-109, R-110)": (481, " Gone", True),
    "400 without a comment (R-107)": (400, "", True),
    "413 after the chunk (R-092, R-107)": (413, " Enough", True),
    "an unknown code of 4xx (R-095)": (477, " Odd", True),
    "an unknown code of 6xx (R-095)": (699, " Odd", True),
    "428 of a chat switch, carried as it is (R-094)": (428, " Wait", True),
    "an unknown code of 2xx, which is success (R-095)": (299, " Fine", False),
}


def test_silence():
    """next hop says nothing: REPORT 408 after [timers] transaction, but not for partial (R-092, R-105, R-106, R-114)"""
    with alice_and_peer() as (alice, peer):
        sent = [alice.send(chunk(alice, peer.uri, value)) for value in VALUES]
        with contextlib.closing(peer.accept()) as far:
            frames = [far.read() for _ in sent]
            check_forwarded_and_failed(alice, sent, collect(alice, sent, answered_and_reported), "408", partial=False)
            for frame in frames:  # too late: dropped, whatever they say
                far.answer(frame, 400)
            late = alice.send(chunk(alice, peer.uri, None))
            far.answer(far.read())
            assert [frame.code for frame in collect(alice, [late], lambda last: len(last) == 1)[0]] == [200]


def test_refused():
    """next hop refuses the connection: one REPORT each (R-107, R-115)"""
    with alice_and_peer() as (alice, peer):
        peer.close()
        sent = [alice.send(chunk(alice, peer.uri, value)) for value in VALUES]
        check_forwarded_and_failed(alice, sent, collect(alice, sent, answered_and_reported))


def test_unreachable():
    """next hop never completes the connection: given up after first_request, one REPORT each (R-115)"""
    with alice_and_peer() as (alice, _), socket.socket() as door, contextlib.ExitStack() as full:
        door.bind(("127.0.0.1", 0))
        door.listen(0)
        for _ in range(3):  # its queue is full: further SYNs are not answered
            waiting = full.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(door.getsockname())
        sent = [alice.send(chunk(alice, f"msrp://127.0.0.1:{door.getsockname()[1]}/x;tcp", value)) for value in VALUES]
        check_forwarded_and_failed(alice, sent, collect(alice, sent, answered_and_reported))


def test_guard_refuses():
    """the destination guard refuses: 403 in the response and no REPORT beside it; nothing for Failure-Report no (R-086, R-087, R-108)"""
    with alice_and_peer() as (alice, _):
        for host in ("10.1.2.3", "inside.example.org"):
            sent = [alice.send(chunk(alice, f"msrp://{host}:9/x;tcp", value)) for value in VALUES]
            got = collect(alice, sent, lambda last: len(last) == 1)
            assert [[frame.code for frame in frames] for frames in got] == [[], [403], [403], [403]], got


def test_reset_before():
    """next hop is gone when the chunk comes: one REPORT each (R-107, R-115)"""
    with alice_and_peer() as (alice, peer):
        for value in VALUES:
            with Peer() as other:
                alice.send(chunk(alice, other.uri, "no"))
                far = other.accept()
                far.read()
                other.close()
                far.reset()
                sent = [alice.send(chunk(alice, other.uri, value)), alice.send(chunk(alice, other.uri, None))]
                check_forwarded_and_failed(alice, sent, collect(alice, sent, answered_and_reported))
        assert not peer.was_dialled()


def test_reset_after():
    """next hop resets after the chunk, without an answer: one REPORT each, at once (R-107, R-115)"""
    with alice_and_peer() as (alice, peer):
        sent = [alice.send(chunk(alice, peer.uri, value)) for value in VALUES]
        far = peer.accept()
        for _ in sent:
            far.read()
        far.reset()
        # Partial asks for no 200, so whether that one failed nobody can tell: none is due, one is allowed.
        got = collect(alice, sent, answered_and_reported)
        partial = [frame for frame in got[1] if frame.method]
        check_forwarded_and_failed(alice, sent, got, partial=bool(partial))


def test_closed_by_our_client():
    """a client of this relay closes its link with twenty messages unanswered: twenty REPORTs, each about its own (R-115, R-231)"""
    with alice_and_peer() as (alice, _), contextlib.closing(shared().client("bob")) as bob:
        sent = [alice.send(alice.message(bob.path(), b"y" * size)) for size in range(1, 21)]
        for _ in sent:
            bob.read()
        bob.close()
        got = collect(alice, sent, lambda last: len(last) == 2)
        for size, (request, frames) in enumerate(zip(sent, got), 1):
            check_200(*[frame for frame in frames if frame.code], alice, request)
            check_report(*[frame for frame in frames if frame.method], alice, request, None, f"1-{size}/{size}")


def test_reports_and_others_fail_quietly():
    """REPORTs and unknown methods to nobody, responses to nobody: no REPORT (R-116, R-255)"""
    with alice_and_peer() as (alice, peer), contextlib.closing(shared().client("bob")) as bob:
        gone = f"{alice.use_path} {peer.uri}"
        peer.close()
        for _ in range(3):
            alice.send(Frame("REPORT", gone, alice.uri, [("Message-ID", unique("m")), ("Status", "000 413 Stop")]))
            alice.send(Frame("413 Stop", gone, alice.uri))
        asked = alice.send(alice.message(peer.uri, None, method="NICKNAME"))
        last = alice.send(alice.message(peer.uri, b"z"))  # its REPORT comes when all of that has failed
        frames = []
        while not any(frame.method for frame in frames):
            frames.append(alice.read())
        assert all(frame.tid in (asked.tid, last.tid) for frame in frames if frame.code), frames
        assert [frame.get("Message-ID") for frame in frames if frame.method] == [last.get("Message-ID")], frames
        alice.send(alice.message(bob.path(), b"fence"))
        assert bob.read().body == b"fence" and alice.read().code == 200


def test_success_is_not_reported():
    """Success-Report yes: the relay makes no REPORT of its own, the receiver's passes (R-113, R-072)"""
    with alice_and_peer() as (alice, peer):
        sent = alice.send(alice.message(peer.uri, b"12345", [("Success-Report", "yes")]))
        with contextlib.closing(peer.accept()) as far:
            got = far.read()
            assert got.get("Success-Report") == "yes", got
            far.answer(got)
            assert alice.read().code == 200
            values = [("Message-ID", got.get("Message-ID")), ("Byte-Range", "1-5/5"), ("Status", "000 200 OK")]
            far.send(Frame("REPORT", got.from_path, far.uri, values))
            report = alice.read()
            assert report.headers == values and report.from_path == [alice.use_path, far.uri], report
            fence = alice.send(alice.message(peer.uri, b"fence"))
            far.answer(far.read())
            answer = alice.read()
            assert answer.tid == fence.tid and sent.tid != fence.tid, answer


def test_table_is_bounded():
    """more requests than transactions_per_link wait until some are answered; none is lost (R-114, R-112)"""
    with Relay(more="[limits]\ntransactions_per_link = 4", cores=1) as relay, contextlib.closing(relay.client("alice")) as alice, Peer() as peer:
        sent = [alice.send(alice.message(peer.uri, b"%d" % number)) for number in range(10)]
        with contextlib.closing(peer.accept()) as far:
            got = [far.read() for _ in range(4)]
            far.send(far.message(" ".join(got[0].from_path), None, method="NICKNAME"))  # a way round: what was to come before its answer has come
            asked = [alice.read() for _ in range(11)]
            alice.answer(next(frame for frame in asked if frame.method))
            assert far.read().code == 200
            for _ in range(6):
                far.answer(got[-4])
                got.append(far.read())
            assert [frame.body for frame in got] == [frame.body for frame in sent], got


def test_stops():
    shared.stops()


test_stops.__doc__ = Shared.stops.__doc__
if __name__ == "__main__":
    cases = tap.functions(globals())
    cases[1:1] = [(f"next hop answers {name}", lambda row=row: answered(*row)) for name, row in ANSWERS.items()]
    tap.run(cases)

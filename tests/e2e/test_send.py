#!/usr/bin/env python3
"""SEND, REPORT, other methods and responses between two clients of the relay, and a client and a peer without a relay (R-045 to R-090)."""

import contextlib
import re

import relay as e2e
from msrp import Frame, unique
from relay import Peer, Shared, tap

shared = Shared()


@contextlib.contextmanager
def two(first="alice", second="bob"):
    """Two clients with a URI each."""
    with contextlib.closing(shared().client(first)) as alice, contextlib.closing(shared().client(second)) as bob:
        yield alice, bob


def fence(alice, bob):
    """A message from alice to bob and its 200: whatever came before it at either end would have been read first."""
    sent = alice.send(alice.message(bob.path(), b"fence"))
    got = bob.read()
    assert got.body == b"fence", got
    answer = alice.read()
    assert answer.tid == sent.tid and answer.code == 200, answer
    bob.answer(got)


def test_send_two_clients():
    """SEND between two clients of this relay: exact paths, minted id, same body and headers, 200 at once (R-046, R-051, R-052, R-055, R-085)"""
    with two() as (alice, bob):
        headers = [("Success-Report", "yes"), ("X-Unknown", "caf\u00e9 \t ok"), ("Content-Disposition", "attachment; filename=a.bin")]
        sent = alice.send(alice.message(bob.path(), b"Hello \x00\xff\r\n", headers, content_type="application/octet-stream"))
        got = bob.read()
        assert got.to_path == [bob.uri], got
        assert got.from_path == [bob.use_path, alice.use_path, alice.uri], got
        assert got.tid != sent.tid and len(got.tid) >= 16, got
        assert got.body == sent.body and got.flag == "$" and got.method == "SEND", got
        expected = sent.headers[:]
        assert [pair for pair in got.headers if pair[0] != "Byte-Range"] == [pair for pair in expected if pair[0] != "Byte-Range"], got
        assert re.fullmatch(r"1-(10|\*)/10", got.get("Byte-Range")), got
        answer = alice.read()
        assert answer.tid == sent.tid and answer.code == 200, answer
        assert answer.to_path == [alice.uri] and answer.from_path == [alice.use_path], answer
        assert answer.body is None and answer.flag == "$", answer
        bob.answer(got)
        fence(alice, bob)  # bob's 200 was consumed: nothing but the fence's comes


def test_send_back():
    """and back along the paths received"""
    with two() as (alice, bob):
        alice.send(alice.message(bob.path()))
        got = bob.read()
        alice.read()
        bob.use_path = None
        sent = bob.send(bob.message(" ".join(got.from_path), b"answer"))
        back = alice.read()
        assert back.to_path == [alice.uri] and back.from_path == [got.from_path[1], got.from_path[0], bob.uri], back
        assert back.body == b"answer", back
        answer = bob.read()
        assert answer.tid == sent.tid and answer.code == 200 and answer.to_path == [bob.uri] and answer.from_path == [got.from_path[0]], answer


def test_ids_per_hop():
    """two chunks get two ids on the way out (R-016)"""
    with two() as (alice, bob):
        ids = set()
        for _ in range(5):
            alice.send(alice.message(bob.path()))
            ids.add(bob.read().tid)
        assert len(ids) == 5


def test_same_id_from_two():
    """two senders may use the same transaction id at the same time"""
    with two() as (alice, bob), contextlib.closing(shared().client("carol")) as carol:
        tid = unique()
        first, second = alice.message(bob.path(), b"a"), carol.message(bob.path(), b"c")
        first.tid = second.tid = tid
        alice.send(first)
        carol.send(second)
        got = [bob.read(), bob.read()]
        assert {frame.body for frame in got} == {b"a", b"c"} and got[0].tid != got[1].tid, got
        assert alice.read().tid == tid and carol.read().tid == tid


def test_empty_messages():
    """the first SEND of deployed clients: 1-0/0, and no body at all; each arrives in its own form (R-006, R-138, clients 5)"""
    with two() as (alice, bob):
        for body, byte_range in ((b"", "1-0/0"), (None, "1-0/0"), (None, None)):
            sent = alice.send(alice.message(bob.path(), body, byte_range=byte_range))
            got = bob.read()
            assert got.body == body and got.flag == "$", got
            assert (got.get("Content-Type") is None) == (body is None), got
            assert alice.read().tid == sent.tid


def test_flags_and_ranges():
    """chunks pass with their ids, ranges and flags; msrplib's n-*/total too (R-133 to R-137)"""
    with two() as (alice, bob):
        for byte_range, body, flag in (("1-3/9", b"abc", "+"), ("4-*/9", b"def", "+"), ("7-9/9", b"ghi", "$"), ("1-*/*", b"zz", "+"), ("3-2/*", b"", "#")):
            alice.send(alice.message(bob.path(), body, byte_range=byte_range, flag=flag, message_id="chunked"))
            got = bob.read()
            assert got.body == body and got.flag == flag and got.get("Message-ID") == "chunked", got
            assert got.get("Byte-Range").split("-")[0] == byte_range.split("-")[0], got
            assert got.get("Byte-Range").split("/")[1] == byte_range.split("/")[1], got
            assert alice.read().code == 200


def test_failure_report_no_and_partial():
    """Failure-Report no and partial: delivered, no 200 (R-086, R-087, clients 9)"""
    with two() as (alice, bob):
        for value in ("no", "partial"):
            alice.send(alice.message(bob.path(), b"quiet", [("Failure-Report", value)]))
            got = bob.read()
            assert got.body == b"quiet" and got.get("Failure-Report") == value, got
            fence(alice, bob)


def test_report():
    """REPORT is forwarded, with all its headers, and never answered (R-066)"""
    with two() as (alice, bob):
        values = [("Message-ID", "m1"), ("Byte-Range", "1-25/25"), ("Status", "000 200 OK")]
        bob.send(Frame("REPORT", f"{bob.use_path} {alice.path()}", bob.uri, values))
        got = alice.read()
        assert got.method == "REPORT" and got.headers == values and got.body is None, got
        assert got.to_path == [alice.uri] and got.from_path == [alice.use_path, bob.use_path, bob.uri], got
        fence(bob, alice)


def test_other_methods():
    """an unknown method passes, its response comes back along the whole path under the old id (R-067, R-068, R-051, R-053)"""
    with two() as (alice, bob):
        for code, comment, extra in ((200, " OK", []), (404, "", []), (428, " Wait a while", [("X-More", "1")])):
            sent = alice.send(alice.message(bob.path(), b"nick", [("Use-Nickname", '"Al"')], method="NICKNAME"))
            got = bob.read()
            assert got.method == "NICKNAME" and got.body == b"nick" and got.get("Use-Nickname") == '"Al"' and got.tid != sent.tid, got
            assert got.from_path == [bob.use_path, alice.use_path, alice.uri], got
            bob.answer(got, code, comment, headers=extra)
            answer = alice.read()
            assert answer.tid == sent.tid and answer.code == code, answer
            assert answer.to_path == [alice.uri] and answer.from_path == [alice.use_path, bob.use_path, bob.uri], answer
            assert answer.headers == extra, answer
        fence(alice, bob)


def test_sloppy_responses():
    """responses without a comment, with the far client in To-Path, with the whole From-Path and a Byte-Range: consumed (R-053, clients 7)"""
    with two() as (alice, bob):
        def make(got):
            yield dict(comment="")
            yield dict(to_path=[alice.uri])
            yield dict(to_path=got.from_path, headers=[("Byte-Range", "1-5/5")])
        for number in range(3):
            alice.send(alice.message(bob.path()))
            got = bob.read()
            assert alice.read().code == 200
            bob.answer(got, **list(make(got))[number])
            fence(alice, bob)


def test_stray_responses_and_reports():
    """responses that match nothing, twice the same, REPORTs to nobody: dropped, never answered, the link stays (R-111, R-116, clients 8)"""
    with two() as (alice, bob):
        alice.send(alice.message(bob.path()))
        got = bob.read()
        alice.read()
        bob.answer(got)
        bob.answer(got)
        bob.send(Frame("200 OK", bob.use_path, bob.uri, tid="neverseen"))
        bob.send(Frame("481 Gone", f"{alice.use_path} {alice.uri}", bob.uri, tid="neverseen2"))
        bob.send(Frame("REPORT", f"msrp://{e2e.HOST}:{shared().port}/AAAAAAAAAAAAAAAAAAAAAAAA;tcp {alice.uri}", bob.uri,
                       [("Message-ID", "m"), ("Status", "000 200 OK")]))
        fence(alice, bob)
        fence(bob, alice)


def test_relay_as_recipient():
    """an unknown method that ends at the relay: 501; a SEND that ends there: 4xx; the link stays (R-069, clients 14)"""
    with two() as (alice, bob):
        answers = []
        for method in ("NICKNAME", "SEND"):
            request = alice.message("x", method=method)
            request.to_path = [alice.use_path]
            alice.send(request)
            answers.append(alice.read())
            assert answers[-1].tid == request.tid, answers
        assert answers[0].code == 501 and 400 <= answers[1].code < 500, answers
        fence(alice, bob)


def test_peer_dialled():
    """a peer without a relay is dialled at its URI; both directions on that link; its 200 is consumed (R-232)"""
    with two() as (alice, bob), Peer() as peer:
        alice.send(alice.message(peer.uri, b"ring ring"))
        with contextlib.closing(peer.accept()) as far:
            got = far.read()
            assert got.to_path == [peer.uri] and got.from_path == [alice.use_path, alice.uri] and got.body == b"ring ring", got
            assert alice.read().code == 200
            far.answer(got)
            sent = far.send(far.message(" ".join(got.from_path), b"hello?"))
            back = alice.read()
            assert back.to_path == [alice.uri] and back.from_path == [alice.use_path, peer.uri] and back.body == b"hello?", back
            answer = far.read()
            assert answer.tid == sent.tid and answer.code == 200 and answer.to_path == [peer.uri], answer
            alice.answer(back)
            alice.send(alice.message(peer.uri, b"again"))
            again = far.read()
            assert again.body == b"again"  # on the same link
            far.answer(again)
            assert not peer.was_dialled()
        assert alice.read().code == 200
        fence(alice, bob)


def test_peer_response_routed_back():
    """a dialled peer's response to an unknown method comes back (R-068)"""
    with two() as (alice, _), Peer() as peer:
        sent = alice.send(alice.message(peer.uri, None, method="NICKNAME"))
        with contextlib.closing(peer.accept()) as far:
            far.answer(far.read(), 425, " Nickname reserved")
            answer = alice.read()
            assert answer.tid == sent.tid and answer.code == 425 and answer.from_path == [alice.use_path, peer.uri], answer


def test_peer_on_its_own_link():
    """a peer that connected is reached on the link it opened, not dialled (R-232, clients 10)"""
    with two() as (alice, _), Peer("anna") as door, contextlib.closing(shared().stranger("anna")) as anna:
        anna.uri = door.uri
        sent = anna.send(anna.message(alice.path(), b"knock"))
        got = alice.read()
        assert got.from_path == [alice.use_path, anna.uri] and got.body == b"knock", got
        answer = anna.read()
        assert answer.tid == sent.tid and answer.code == 200 and answer.from_path == [alice.use_path], answer
        alice.answer(got)
        alice.send(alice.message(anna.uri, b"who is there"))
        back = anna.read()
        assert back.to_path == [anna.uri] and back.body == b"who is there", back
        assert not door.was_dialled()


def test_peer_behind_other_relays():
    """further hops are carried octet by octet, ;ws and odd session ids too (R-038, R-046, clients 11)"""
    with two() as (alice, _), Peer() as peer:
        rest = "msrps://Far.Example.NET:9000/a/b+c=;tcp msrps://x.invalid:2855/ws1;ws;q=1"
        alice.send(alice.message(f"{peer.uri} {rest}", b"far"))
        with contextlib.closing(peer.accept()) as far:
            got = far.read()
            assert got.to_path == [peer.uri, *rest.split(" ")] and got.from_path == [alice.use_path, alice.uri], got


def test_unreachable_peer():
    """a peer that refuses the connection costs its sender nothing else: the link stays (R-115)"""
    with two() as (alice, bob):
        alice.send(alice.message(f"msrp://127.0.0.1:{e2e.free_port()}/nobody;tcp", b"lost", [("Failure-Report", "no")]))
        fence(alice, bob)


def test_many_sessions_on_a_link():
    """a client with many URIs on one link: each message carries the URI it was sent to (R-200, R-234)"""
    with two() as (alice, bob):
        uris = [bob.auth() for _ in range(20)]
        for uri in uris:
            alice.send(alice.message(f"{uri} {bob.uri}", uri.encode()))
        for uri in uris:
            got = bob.read()
            assert got.from_path[0] == uri and got.body == uri.encode(), got
        for _ in uris:
            assert alice.read().code == 200


def test_half_close():
    """what a half-closed sender sent is delivered and answered (R-233)"""
    with two() as (alice, bob):
        sent = alice.send(alice.message(bob.path(), b"last words"))
        alice.socket.shutdown(1)
        assert bob.read().body == b"last words"
        assert alice.read().tid == sent.tid


def test_stops():
    shared.stops()


test_stops.__doc__ = Shared.stops.__doc__
if __name__ == "__main__":
    tap.run(tap.functions(globals()))

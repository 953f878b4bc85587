#!/usr/bin/env python3
"""What deployed clients put on the wire (msrplib, Crocodile's WebSocket client, msrp-node-lib, msrp-java, Doubango, msrprelay), habit by habit."""

import contextlib
import re

from msrp import Frame, authorization, parameters, rspauth, unique, unquoted
from relay import Peer, Relay, Shared, tap

shared = Shared()


@contextlib.contextmanager
def two():
    with contextlib.closing(shared().client("alice")) as alice, contextlib.closing(shared().client("bob")) as bob:
        yield alice, bob


def fence(alice, bob):
    """Nothing has come to alice or bob but this."""
    word = unique("fence").encode()
    sent = alice.send(alice.message(bob.path(), word))
    got = bob.read()
    assert got.body == word, got
    answer = alice.read()
    assert answer.tid == sent.tid and answer.code == 200, answer
    bob.answer(got)


def log_in(style, relay_uri=None, **more):
    with contextlib.closing(shared().client("alice", auth=False)) as alice:
        uri = relay_uri or alice.relay_uri
        challenge = alice.challenge(uri=uri)
        answer = alice.ask_auth(authorization(challenge, "alice", "alice-pw", uri, style=style, **more), uri=uri)
        assert answer.code == 200 and answer.get("Use-Path"), answer
        info = dict(part.strip().split("=", 1) for part in answer.get("Authentication-Info").split(","))
        assert unquoted(info["rspauth"]) == rspauth(challenge, "alice", "alice-pw", uri, info), info


def test_msrplib_logs_in():
    """clients 1, msrplib: no uri, nc and qop quoted, digest over the URI without slash and session (R-154, R-155, R-156)"""
    log_in("msrplib")


def test_crocodile_logs_in():
    """clients 1, Crocodile: uri, nc and qop bare; the URI as typed by its user (R-154, R-155)"""
    log_in("crocodile")
    log_in("crocodile", f"msrp://Relay.Example.ORG:{shared().port};tcp")


def test_challenge_for_msrplib():
    """clients 2: qop="auth" in quotes and an opaque, in every challenge, the first and the one after a failure (R-150, R-151)"""
    with contextlib.closing(shared().client("alice", auth=False)) as alice:
        first = alice.ask_auth()
        wrong = alice.ask_auth(authorization(alice.challenge(), "alice", "wrong", alice.relay_uri, style="msrplib"))
        for answer in (first, wrong):
            for value in answer.all("WWW-Authenticate"):
                given = parameters(value)
                assert given["qop"] == '"auth"' and re.fullmatch(r'"[^"]+"', given["opaque"]), value
            assert answer.code == 401 and answer.all("WWW-Authenticate"), answer


def test_expires_for_crocodile():
    """clients 3: 200 tells Expires, by default of 31 s or more and not above 2147512 (R-185)"""
    with contextlib.closing(shared().client("alice", auth=False)) as alice:
        answer = alice.ask_auth(authorization(alice.challenge(), "alice", "alice-pw", alice.relay_uri, style="crocodile"))
        assert answer.code == 200 and 31 <= int(answer.get("Expires")) <= 2147512, answer


def test_own_uri_identical():
    """clients 4: the relay's URI in From-Path is octet by octet the one of Use-Path, in requests, responses and REPORTs (R-046, R-052)"""
    with two() as (alice, bob):
        alice.send(alice.message(bob.path(), b"x", [("Success-Report", "yes")]))
        got = bob.read()
        assert got.from_path[:2] == [bob.use_path, alice.use_path], got
        assert alice.read().from_path == [alice.use_path]
        bob.answer(got)
        bob.send(Frame("REPORT", got.from_path, bob.uri, [("Message-ID", got.get("Message-ID")), ("Status", "000 200 OK")]))
        assert alice.read().from_path == [alice.use_path, bob.use_path, bob.uri]


def first_send(body, byte_range):
    """msrplib says nothing more until it has its 200."""
    with two() as (alice, bob):
        sent = alice.send(alice.message(bob.path(), body, byte_range=byte_range))
        answer = alice.read()
        assert answer.tid == sent.tid and answer.code == 200, answer
        got = bob.read()
        assert got.body == body and got.get("Byte-Range") == byte_range and (got.get("Content-Type") is None) == (body is None), got
        bob.answer(got)
        fence(alice, bob)
        sent = bob.send(bob.message(alice.path(), body, byte_range=byte_range))  # either side may be first
        assert alice.read().body == body and bob.read().tid == sent.tid


FIRST = {
    "empty body, 1-0/0, as msrplib and Crocodile (R-006, R-138, R-292)": (b"", "1-0/0"),
    "no body, no Byte-Range, as msrp-node-lib (R-006, R-138, R-292)": (None, None),
    "no body, 1-0/0 (R-006, R-138, R-292)": (None, "1-0/0"),
}


def test_open_ranges():
    """clients 6: chunks of n-*/total beyond 2048 octets, as msrplib cuts a file (R-130, R-134, R-141)"""
    with two() as (alice, bob):
        body, message_id = bytes(range(256)) * 40, unique("m")
        for at in range(0, len(body), 3000):
            part = body[at:at + 3000]
            alice.send(alice.message(bob.path(), part, byte_range=f"{at + 1}-*/{len(body)}", message_id=message_id,
                                     flag="$" if at + 3000 >= len(body) else "+", content_type="application/octet-stream"))
            assert alice.read().code == 200
        first, got, flag = bob.read_message()
        assert got == body and flag == "$" and first.get("Byte-Range").endswith(f"/{len(body)}"), (first, len(got))


def test_ids_of_many_lengths():
    """clients 6: transaction ids from 4 to 32 octets, of the whole set, that differ in case only, all pending at once (R-002, R-111)"""
    with two() as (alice, bob):
        tids = ["abcd", "aBcd", "Abcd", "1.-+%", "a---", "a+++", "z" * 31, "z" * 32, "Z" * 32, "0.%=+-a", "f71a2b3c4d5e6f708192"]
        for tid in tids:
            request = alice.message(bob.path(), tid.encode(), method="NICKNAME")
            request.tid = tid
            alice.send(request)
        for request in [bob.read() for _ in tids][::-1]:  # the last is answered first
            bob.answer(request, 200, " " + request.body.decode())
        answers = [alice.read() for _ in tids]
        assert [answer.tid for answer in answers] == tids[::-1], answers
        assert all(answer.start == f"200 {answer.tid}" for answer in answers), answers


def sloppy(make):
    with two() as (alice, bob):
        for value in (None, "yes"):
            alice.send(alice.message(bob.path(), b"hello", [("Failure-Report", value)] if value else []))
            got = bob.read()
            assert alice.read().code == 200
            bob.answer(got, **make(got, alice))
            fence(alice, bob)  # it was taken as the answer: nothing of it has gone on
        asked = alice.send(alice.message(bob.path(), b"hello", method="NICKNAME"))
        got = bob.read()
        bob.answer(got)  # an answer in order is still routed
        assert alice.read().tid == asked.tid


SLOPPY = {
    "no comment (R-053)": lambda got, alice: {"comment": ""},
    "To-Path names the far client, as msrp-java (R-053)": lambda got, alice: {"to_path": [alice.uri]},
    "the whole From-Path and a Byte-Range, as Doubango (R-053)": lambda got, alice: {"to_path": got.from_path, "headers": [("Byte-Range", "1-5/5")]},
    "a comment of odd text (R-053)": lambda got, alice: {"comment": " \u00fcber 200 $-------"},
}


def test_cumulative_reports():
    """clients 8: success REPORTs that each tell all so far pass unanswered; a stray one is not answered either (R-066, R-113, R-116)"""
    with two() as (alice, bob):
        message_id = unique("m")
        for end in (100, 200, 300):
            values = [("Message-ID", message_id), ("Byte-Range", f"1-{end}/300"), ("Status", "000 200 OK")]
            bob.send(Frame("REPORT", f"{bob.use_path} {alice.path()}", bob.uri, values))
            assert alice.read().headers == values
        gone = alice.use_path.rsplit("/", 1)[0] + "/AAAAAAAAAAAAAAAAAAAAAAAA;tcp"
        bob.send(Frame("REPORT", f"{gone} {alice.uri}", bob.uri, [("Message-ID", message_id), ("Status", "000 200 OK")]))
        bob.send(Frame("200 OK", f"{gone} {alice.uri}", bob.uri))
        bob.send(Frame("481 Gone", bob.use_path, bob.uri))
        fence(bob, alice)
        fence(alice, bob)


def test_no_200_unless_asked():
    """clients 9: no 200 for Failure-Report no and partial, whole or in chunks (R-086, R-087)"""
    with two() as (alice, bob):
        for value in ("no", "partial"):
            for flag, at in (("+", "1-5/10"), ("$", "6-10/10")):
                alice.send(alice.message(bob.path(), b"quiet", [("Failure-Report", value)], flag=flag, byte_range=at, message_id="q" + value))
                assert bob.read().body == b"quiet"
        fence(alice, bob)


def test_back_on_its_own_link():
    """clients 10: what goes back to a peer or relay takes the link that it opened, for each session its own (R-232)"""
    with two() as (alice, bob), Peer() as door, contextlib.closing(shared().stranger()) as first, contextlib.closing(shared().stranger()) as second:
        first.uri = second.uri = None
        for link, client, name in ((first, alice, "one"), (second, bob, "two")):
            link.uri = door.uri.replace(";tcp", f"{name};tcp")
            link.send(link.message(client.path(), name.encode()))
            assert client.read().body == name.encode() and link.read().code == 200
        for link, client in ((second, bob), (first, alice), (second, bob)):
            sent = client.send(client.message(link.uri, unique("w").encode()))
            got = link.read()
            assert got.body == sent.body and got.to_path == [link.uri] and client.read().code == 200, got
            link.answer(got)
        assert not door.was_dialled()


def test_foreign_session_ids():
    """clients 11: base64 session ids of other relays, with / + =, further down the path and in the peer's own URI (R-030, R-046)"""
    with two() as (alice, _), Peer() as peer:
        far = f"msrp://127.0.0.1:{peer.port}/qq/W+x9/a==;tcp"
        rest = f"{far} msrps://other.example.net:2855/Zm9v+YmFy/8=;tcp"
        alice.send(alice.message(rest, b"x"))
        with contextlib.closing(peer.accept()) as link:
            got = link.read()
            assert got.to_path == rest.split(" "), got
            link.uri = far
            link.send(link.message(" ".join(got.from_path), b"y"))
            back = alice.read()
            while back.code:
                back = alice.read()
            assert back.from_path == [alice.use_path, far] and link.read().code == 200, back


def test_headers_of_a_cut_chunk():
    """clients 12: Content-Disposition, Keep-Alive and all else stand in every piece of a chunk that was cut (R-011, R-131, R-134)"""
    with two() as (alice, bob):
        headers = [("Keep-Alive", "yes"), ("Success-Report", "no"), ("Content-Disposition", 'attachment; filename="\u00fc.bin"'),
                   ("Content-ID", "<a@b>")]
        request = alice.message(bob.path(), b"0123456789" * 2000, headers, byte_range="1-*/20000")
        octets = request.encode()
        alice.write(octets[:12_000])
        pieces = [bob.read_head()[0]]
        while len(bob.buffer) < 5000:
            bob.fill()
        gone = bob.use_path.rsplit("/", 1)[0] + "/AAAAAAAAAAAAAAAAAAAAAAAA;tcp"
        asked = bob.send(Frame("NICKNAME", f"{gone} {alice.uri}", bob.uri))  # its 481 interrupts
        body, flag = b"", "+"
        while flag == "+":
            found = bob.until(re.compile(rb"\r\n-------" + re.escape(pieces[-1].tid.encode()) + rb"([$+#])\r\n"))
            body, flag = body + bytes(bob.buffer[:found.start()]), found[1].decode()
            del bob.buffer[:found.end()]
            if len(pieces) == 1:
                answer = bob.read()
                assert answer.code == 481 and answer.tid == asked.tid, answer
                alice.write(octets[12_000:])
            if flag == "+":
                pieces.append(bob.read_head()[0])
        assert len(pieces) > 1 and body == request.body, (len(pieces), len(body))
        for piece in pieces:
            assert [pair for pair in piece.headers if pair[0] != "Byte-Range"] == [pair for pair in request.headers if pair[0] != "Byte-Range"], piece
            assert piece.headers[-1][0] == "Content-Type", piece


def test_websocket_uris_are_not_dialled():
    """clients 13: a next hop *.invalid with ;ws is never dialled; its sender is told, the link stays (R-038, R-115)"""
    with Relay(more='[dns]\nhosts = { "df7jal23ls0d.invalid" = "127.0.0.1" }') as relay, Peer() as door:
        with contextlib.closing(relay.client("alice")) as alice, contextlib.closing(relay.client("bob")) as bob:
            for uri in (f"msrps://df7jal23ls0d.invalid:{door.port}/98cjs;ws", f"msrp://df7jal23ls0d.invalid:{door.port}/98cjs;ws"):
                sent = alice.send(alice.message(uri, b"x"))
                answer = alice.read()
                assert answer.tid == sent.tid and answer.code in (200, 403, 481), answer
                if answer.code == 200:
                    assert alice.read().method == "REPORT"
                fence(alice, bob)
            assert not door.was_dialled()


def test_relay_alone_in_to_path():
    """clients 14: msrp-java's SEND whose To-Path names the relay alone: 4xx, the link and its sessions stay (R-069, R-230)"""
    with two() as (alice, bob):
        for path in ([alice.use_path], [alice.relay_uri], [bob.use_path]):
            request = alice.message("x")
            request.to_path = path
            alice.send(request)
            answer = alice.read()
            assert answer.tid == request.tid and 400 <= answer.code < 500 and answer.code != 426, answer
        fence(alice, bob)
        fence(bob, alice)


def test_stops():
    shared.stops()


test_stops.__doc__ = Shared.stops.__doc__
if __name__ == "__main__":
    cases = tap.functions(globals())
    cases[-1:-1] = ([(f"clients 5: the first SEND has {name}", lambda row=row: first_send(*row)) for name, row in FIRST.items()]
                    + [(f"clients 7: a response with {name}", lambda make=make: sloppy(make)) for name, make in SLOPPY.items()])
    tap.run(cases)

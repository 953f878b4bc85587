#!/usr/bin/env python3
"""conf/kamailio-example.toml: each of its rules decides a frame on the wire as the guide says."""

import contextlib
import re

import relay as e2e
from msrp import Frame
from relay import ROOT, Peer, Shared, tap


def rules():
    text = (ROOT / "conf/kamailio-example.toml").read_text(encoding="utf-8")
    return text[text.index("[[rule]]"):]


shared = Shared(listen='protocols = ["msrp", "sip"]', more=rules())


@contextlib.contextmanager
def two():
    with contextlib.closing(shared().client("alice")) as alice, contextlib.closing(shared().client("bob")) as bob:
        yield alice, bob


def test_auth_for_us():
    """"AUTH for us": 401, then 200 with Use-Path"""
    with two() as (alice, _):
        assert alice.use_path.startswith(f"msrp://{e2e.HOST}:")


def test_auth_for_another():
    """"AUTH for another relay": goes on, and its 401 comes back ("responses go back")"""
    with two() as (alice, _), Peer() as far:
        request = alice.send(Frame("AUTH", f"{alice.use_path} {far.uri}", alice.uri))
        with contextlib.closing(far.accept()) as relay:
            got = relay.read()
            assert got.method == "AUTH" and got.to_path == [far.uri] and got.from_path == [alice.use_path, alice.uri], got
            challenge = ("WWW-Authenticate", 'Digest realm="far", nonce="abcdefgh", qop="auth"')
            relay.answer(got, 401, " Unauthorized", headers=[challenge])
            answer = alice.read()
            assert answer.code == 401 and answer.tid == request.tid and answer.headers == [challenge], answer
            assert answer.to_path == [alice.uri] and answer.from_path == [alice.use_path, far.uri], answer


def test_send():
    """"SEND with further hops" at alice's URI, "SEND to our client" at bob's; the relay gives the 200"""
    with two() as (alice, bob):
        sent = alice.send(alice.message(bob.path(), b"by rule"))
        got = bob.read()
        assert got.body == b"by rule" and got.from_path == [bob.use_path, alice.use_path, alice.uri], got
        answer = alice.read()
        assert answer.code == 200 and answer.tid == sent.tid, answer


def test_existing_only():
    """"SEND to our client" never opens a link: a peer that is not there is not dialled"""
    with two() as (alice, bob), Peer() as peer:
        alice.send(alice.message(peer.uri, b"nobody", [("Failure-Report", "no")]))
        alice.send(alice.message(bob.path(), b"fence"))
        assert bob.read().body == b"fence"
        assert not peer.was_dialled()


def test_no_such_session():
    """"no such session": 481 with the rule's reason"""
    with two() as (alice, bob):
        request = alice.message("x")
        request.to_path = [f"msrp://{e2e.HOST}:{shared().port}/nosuchsession;tcp", bob.uri]
        alice.send(request)
        answer = alice.read()
        assert answer.start == "481 No Such Session" and answer.tid == request.tid, answer


def test_sip():
    """"SIP has no place here": 403 in SIP's own words"""
    with contextlib.closing(shared().link()) as link:
        link.write(b"OPTIONS sip:relay.example.org SIP/2.0\r\nVia: SIP/2.0/TCP a.example.org;branch=z9hG4bK77\r\nFrom: <sip:a@example.org>;tag=1\r\n"
                   b"To: <sip:relay.example.org>\r\nCall-ID: 1@example.org\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n")
        found = link.until(re.compile(rb"\r\n\r\n"))
        answer = bytes(link.buffer[:found.end()]).decode()
        assert answer.startswith("SIP/2.0 403 No SIP Here\r\n") and "CSeq: 1 OPTIONS" in answer and "branch=z9hG4bK77" in answer, answer


def test_the_rest():
    """"the rest": a REPORT and an unknown method are relayed; the method's response goes back"""
    with two() as (alice, bob):
        bob.send(Frame("REPORT", f"{bob.use_path} {alice.path()}", bob.uri, [("Message-ID", "m"), ("Byte-Range", "1-1/1"), ("Status", "000 200 OK")]))
        assert alice.read().method == "REPORT"
        sent = alice.send(alice.message(bob.path(), None, method="NICKNAME"))
        bob.answer(bob.read(), 200)
        answer = alice.read()
        assert answer.tid == sent.tid and answer.code == 200, answer


def test_stops():
    shared.stops()


test_stops.__doc__ = Shared.stops.__doc__
if __name__ == "__main__":
    tap.run(tap.functions(globals()))

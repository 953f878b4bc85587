#!/usr/bin/env python3
"""Three relays in a row, Debian's Kamailio the first, two of ours behind it: alice, at Kamailio, logs in at ours through it.

What Kamailio does otherwise than RFC 4976, and these cases live with:
- Its digest covers its own method's name and wants `uri` (R-154, R-155); its 200 has neither Expires nor Authentication-Info (R-157, R-185).
- It sends to a client by the address in the client's URI (R-228): alice's URI is the address that she connects from.
- It forwards whatever names two more hops, without asking whose session that is (R-048), and keeps the id of the hop before (R-016).
- It answers an AUTH to the previous hop only (R-051), and its Use-Path names itself alone (R-197): a client puts the relays before it in front.
- A chunk is held whole before it goes on, so chunks are small here (R-139).
"""

import contextlib

import test_kamailio
from msrp import Frame, authorization, unique
from relay import Relay, tap

MIDDLE, LAST = "middle.example.org", "last.example.net"
ONWARD = 'msrp_set_dst("msrp://127.0.0.1:{other}/x;tcp", "tcp:127.0.0.1:{port}");\n      msrp_relay();'


def config():
    """The configuration of the two-relay cases; AUTH and REPORT, too, are sent to the next relay by its address."""
    text = test_kamailio.CONFIG
    auth, rest = "($msrp(nexthops) > 0) {{\n      msrp_relay();", "  }}\n  msrp_relay();\n}}\n"
    assert auth in text and rest in text and ONWARD in text
    text = text.replace(auth, "($msrp(nexthops) > 0) {{\n      " + ONWARD)
    return text.replace(rest, "  }}\n  if ($msrp(nexthops) > 1) {{\n      " + ONWARD + "\n      exit;\n" + rest)


@contextlib.contextmanager
def chain():
    """alice with a URI at Kamailio, at the middle and at the last; bob with one at the last."""
    def more(other):
        return f'[relays]\naddresses = ["127.0.0.1"]\n[dns]\nhosts = {{ "{other}" = "127.0.0.1" }}\n'
    with Relay(name=MIDDLE, more=more(LAST)) as middle, Relay(name=LAST, more=more(MIDDLE)) as last, contextlib.ExitStack() as stack:
        port = stack.enter_context(test_kamailio.kamailio(middle.port, config()))
        alice = stack.enter_context(contextlib.closing(test_kamailio.at_kamailio(port, by_address=True)))
        bob = stack.enter_context(contextlib.closing(last.client("bob", source="127.0.1.2")))
        for relay in (middle, last):
            uri = f"{alice.use_path} {relay.uri}"
            first = alice.ask_auth(uri=uri)
            assert first.code == 401 and first.from_path == uri.split(" "), first
            answer = alice.ask_auth(authorization(first.get("WWW-Authenticate"), "alice", "alice-pw", relay.uri), uri=uri)
            assert answer.code == 200 and answer.from_path == uri.split(" ") and answer.to_path == [alice.uri], answer
            given = answer.get("Use-Path").split(" ")
            assert given[:-1] == alice.use_path.split(" ") and given[-1].startswith(f"msrp://{relay.name}:{relay.port}/"), answer
            alice.use_path = answer.get("Use-Path")
        yield alice, bob


def test_log_in_through_kamailio():
    """AUTH through Kamailio to our relay, and through both to our next: answers come back, Use-Path has all three (R-070, R-197, R-199)"""
    with chain() as (alice, _):
        assert len(alice.use_path.split(" ")) == 3


def test_both_ways_through_kamailio():
    """SEND and REPORT both ways through Kamailio and two of ours, with exact paths (R-046, R-050, R-051, R-066)"""
    with chain() as (alice, bob):
        for sender, reader in ((alice, bob), (bob, alice)) * 3:
            sent = sender.send(sender.message(reader.path(), unique("through").encode()))
            got = reader.read()
            assert got.body == sent.body and got.to_path == [reader.uri], got
            assert got.from_path == reader.use_path.split(" ") + sender.use_path.split(" ")[::-1] + [sender.uri], got
            answer = sender.read()
            assert answer.tid == sent.tid and answer.code == 200, answer
            reader.answer(got)
            values = [("Message-ID", got.get("Message-ID")), ("Byte-Range", "1-1/1"), ("Status", "000 200 OK")]
            reader.send(Frame("REPORT", got.from_path, reader.uri, values))
            report = sender.read()
            assert report.method == "REPORT" and report.headers == values and report.to_path == [sender.uri], report


def test_chunks_through_kamailio():
    """a message in chunks of 8 KiB arrives whole at the other end, both ways (R-133, R-141)"""
    with chain() as (alice, bob):
        for sender, reader in ((alice, bob), (bob, alice)):
            message_id, body = unique("big"), bytes(range(256)) * 256
            for at in range(0, len(body), 8192):
                sender.send(sender.message(reader.path(), body[at:at + 8192], byte_range=f"{at + 1}-{at + 8192}/{len(body)}",
                                           flag="$" if at + 8192 >= len(body) else "+", message_id=message_id))
                assert sender.read().code == 200
            _, got, flag = reader.read_message()
            assert got == body and flag == "$"


def test_failure_behind_kamailio():
    """what fails at our last relay is told by our middle one, along the path through Kamailio to alice; the links serve on (R-107, R-109)"""
    with chain() as (alice, bob):
        gone = f"{bob.use_path.rsplit('/', 1)[0]}/AAAAAAAAAAAAAAAAAAAAAAAA;tcp {bob.uri}"
        sent = alice.send(alice.message(gone, b"12345"))
        frames = {frame.method or frame.code: frame for frame in (alice.read(), alice.read())}
        report = frames["REPORT"]
        assert frames[200].tid == sent.tid and report.get("Message-ID") == sent.get("Message-ID"), frames
        assert report.get("Status").startswith("000 481") and report.get("Byte-Range") == "1-5/5", report
        assert report.to_path == [alice.uri] and report.from_path == alice.use_path.split(" ")[:2], report
        alice.send(alice.message(bob.path(), b"found"))
        assert bob.read().body == b"found"
        assert alice.read().code == 200


def test_log_in_at_kamailio():
    """a client logs in at Kamailio through us: its answers, which name the previous hop alone, come back by the request's path (R-053, R-199)"""
    with Relay() as relay, test_kamailio.kamailio(relay.port, config()) as port:
        with contextlib.closing(relay.client("alice", source="127.0.1.1")) as alice, contextlib.closing(relay.client("bob", source="127.0.1.2")) as bob:
            own, uri = alice.use_path, f"{alice.use_path} msrp://127.0.0.1:{port};tcp"
            first = alice.ask_auth(uri=uri)
            assert first.code == 401 and first.to_path == [alice.uri] and first.from_path == uri.split(" "), first
            value = authorization(first.get("WWW-Authenticate"), "alice", "xyz123", uri.split(" ")[1], style="crocodile", method="MSRP")
            answer = alice.ask_auth(value, uri=uri)
            assert answer.code == 200 and answer.to_path == [alice.uri] and answer.from_path == uri.split(" "), answer
            assert answer.get("Use-Path").startswith(f"msrp://127.0.0.1:{port}/"), answer
            alice.use_path = f"{own} {answer.get('Use-Path')}"
            for sender, reader in ((alice, bob), (bob, alice)) * 3:
                sent = sender.send(sender.message(reader.path(), unique("round").encode()))
                got = reader.read()
                assert got.body == sent.body and got.to_path == [reader.uri], got
                assert got.from_path == reader.use_path.split(" ") + sender.use_path.split(" ")[::-1] + [sender.uri], got
                answer = sender.read()
                assert answer.tid == sent.tid and answer.code == 200, answer
                reader.answer(got)


if __name__ == "__main__":
    tap.run(tap.functions(globals()))

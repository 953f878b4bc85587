#!/usr/bin/env python3
"""No open relay, no hijack, sessions that die with their link, the destination guard (R-045 to R-049, R-090, R-250 to R-254)."""

import contextlib

import relay as e2e
from msrp import Closed, Frame, unique
from relay import HOST, Peer, Relay, Shared, tap

shared = Shared()


@contextlib.contextmanager
def people(*names):
    with contextlib.ExitStack() as stack:
        yield [stack.enter_context(contextlib.closing(shared().client(name))) for name in names]


def stranger(name="mallory"):
    return contextlib.closing(shared().stranger(name))


def expect_refusal(link, request, codes=(403, 481, 506)):
    """The request is answered with one of the codes, or the link is closed; never 200."""
    try:
        link.send(request)
        answer = link.read()
    except Closed:
        return None
    assert answer.tid == request.tid and answer.code in codes, answer
    return answer


def nothing_between(alice, bob):
    """Nothing is on its way to bob: what alice sends next is what bob reads next."""
    word = unique("fence").encode()
    alice.send(alice.message(bob.path(), word))
    got = bob.read()
    assert got.body == word, got
    assert alice.read().code == 200
    bob.answer(got)


def test_unknown_session():
    """a URI of ours that no session has: 481, nothing forwarded, the link stays (R-090)"""
    with people("alice", "bob") as (alice, bob):
        for token in ("AAAAAAAAAAAAAAAAAAAAAAAA", "x", alice.use_path.split("/")[3].split(";")[0][:-1]):
            request = Frame("SEND", f"msrp://{HOST}:{shared().port}/{token};tcp {bob.uri}", alice.uri,
                            [("Message-ID", "m"), ("Content-Type", "text/plain")], b"x")
            alice.send(request)
            answer = alice.read()
            assert answer.code == 481 and answer.tid == request.tid and answer.from_path == request.to_path[:1], answer
        nothing_between(alice, bob)


def test_altered_token():
    """every single altered octet of a token is an unknown session (R-254)"""
    with people("alice", "bob") as (alice, bob), stranger() as mallory:
        token = alice.use_path.split("/")[3].split(";")[0]
        for at in range(0, len(token), 3):
            other = "A" if token[at] != "A" else "B"
            uri = alice.use_path.replace(token, token[:at] + other + token[at + 1:])
            request = alice.message("x")
            request.to_path = [uri, bob.uri]
            alice.send(request)
            assert alice.read().code == 481, at
        nothing_between(alice, bob)
        mallory.close()


def test_unknown_session_quiet():
    """the same with Failure-Report no: silence (R-086)"""
    with people("alice", "bob") as (alice, bob):
        request = alice.message("x", headers=[("Failure-Report", "no")])
        request.to_path = [f"msrp://{HOST}:{shared().port}/nosuchsession;tcp", bob.uri]
        alice.send(request)
        nothing_between(alice, bob)


def test_not_this_relay():
    """a first URI that is not this relay: nothing forwarded, the connection is closed (R-045)"""
    with people("alice", "bob") as (alice, bob), Peer() as peer:
        for uri in (peer.uri, f"msrp://other.example.org:{shared().port}/abc;tcp", f"msrp://{HOST}:{peer.port}/abc;tcp"):
            with contextlib.closing(shared().client("carol")) as carol:
                request = carol.message("x")
                request.to_path = [uri, bob.uri]
                carol.send(request)
                assert carol.closed()
        assert not peer.was_dialled()
        nothing_between(alice, bob)


def test_open_relay():
    """somebody else's token does not carry a stranger anywhere but to its owner (R-048, R-250, R-251)"""
    with people("alice", "bob") as (alice, bob), Peer() as victim:
        with stranger() as mallory:
            for path in (f"{alice.use_path} {victim.uri}", f"{alice.use_path} {bob.uri}", f"{alice.use_path} {victim.uri} {alice.uri}"):
                request = mallory.message(path)
                if expect_refusal(mallory, request) is None:
                    break
        assert not victim.was_dialled()
        nothing_between(alice, bob)
        nothing_between(bob, alice)


def test_open_relay_other_client():
    """nor does it carry another client of the same relay"""
    with people("alice", "bob", "carol") as (alice, bob, carol), Peer() as victim:
        request = carol.message("x")
        request.to_path = [alice.use_path, victim.uri]
        expect_refusal(carol, request)
        assert not victim.was_dialled()
        nothing_between(alice, bob)


def test_no_token_at_all():
    """the relay's own authority without a session relays nothing (R-047)"""
    with people("alice", "bob") as (alice, bob), Peer() as victim:
        for path in (f"msrp://{HOST}:{shared().port};tcp {victim.uri}", f"msrp://{HOST}:{shared().port}/;tcp {victim.uri}"):
            with stranger() as mallory:
                expect_refusal(mallory, mallory.message(path), codes=(400, 403, 481, 506))
        assert not victim.was_dialled()
        nothing_between(alice, bob)


def test_auth_does_not_relay_without_permit():
    """AUTH through this relay needs a token like any other request (R-047)"""
    with Peer() as victim, stranger() as mallory:
        expect_refusal(mallory, Frame("AUTH", f"msrp://{HOST}:{shared().port};tcp {victim.uri}", mallory.uri), codes=(400, 403, 481))
        assert not victim.was_dialled()


def test_from_path_spoof():
    """a claimed From-Path does not make a stranger the owner (R-252)"""
    with people("alice", "bob") as (alice, bob), Peer() as victim, stranger() as mallory:
        mallory.uri = alice.uri
        expect_refusal(mallory, mallory.message(f"{alice.use_path} {victim.uri}"))
        assert not victim.was_dialled()
        nothing_between(alice, bob)


def test_auth_with_victims_uri():
    """AUTH with the victim's URI in From-Path draws none of the victim's traffic (R-252)"""
    with people("alice", "bob", "carol") as (alice, bob, carol):
        carol.uri = bob.uri
        carol.auth()
        nothing_between(alice, bob)


def test_peer_is_not_taken_over():
    """a later link that claims a bound peer's URI does not get that peer's frames (R-232, R-252)"""
    with people("alice") as (alice,), stranger("anna") as anna, stranger() as mallory:
        anna.send(anna.message(alice.path(), b"I am anna"))
        assert alice.read().body == b"I am anna"
        assert anna.read().code == 200
        mallory.uri = anna.uri
        with contextlib.suppress(Closed):
            mallory.send(mallory.message(alice.path(), b"no, I am"))
        with contextlib.suppress(Closed):
            mallory.read()
        alice.send(alice.message(anna.uri, b"for anna"))
        assert anna.read().body == b"for anna"


def test_forged_responses():
    """responses from other links end no transaction and reach nobody (R-053, R-111, R-253)"""
    with people("alice", "bob") as (alice, bob), stranger() as mallory:
        sent = alice.send(alice.message(bob.path(), None, method="NICKNAME"))
        got = bob.read()
        with contextlib.suppress(Closed):
            mallory.write(Frame("200 Forged", f"{bob.use_path} {alice.use_path} {alice.uri}", bob.uri, tid=got.tid).encode()
                          + Frame("200 Forged", f"{alice.use_path} {alice.uri}", bob.uri, tid=sent.tid).encode()
                          + Frame("AUTH", mallory.relay_uri, mallory.uri).encode())
            mallory.read()
        bob.answer(got, 200, " Right")
        answer = alice.read()
        assert answer.tid == sent.tid and answer.start == "200 Right", answer


def test_session_dies_with_link():
    """the owner's link gone, his URI is an unknown session, for everybody and for ever (R-049)"""
    with people("alice", "bob") as (alice, bob), contextlib.closing(shared().client("carol")) as carol:
        path = carol.path()
        nothing_between(alice, carol)
        carol.close()
        for _ in range(200):  # until the relay has seen the end of the link
            alice.send(alice.message(path))
            if (answer := alice.read()).code == 481:
                break
        assert answer.code == 481 and answer.from_path == [alice.use_path], answer
        with contextlib.closing(shared().client("carol")) as back:  # the same user, a new link, the old URI
            request = back.message("x")
            request.to_path = [path.split(" ")[0], bob.uri]
            expect_refusal(back, request)
        nothing_between(alice, bob)


def test_reset_while_relaying():
    """a receiver that resets its link in the middle of a message disturbs nobody (R-231)"""
    with people("alice", "bob") as (alice, bob), contextlib.closing(shared().client("carol")) as carol:
        frame = alice.message(carol.path(), b"x" * 100_000, [("Failure-Report", "no")], byte_range="1-*/100000").encode()
        alice.write(frame[:50_000])
        carol.read_head()
        carol.reset()
        alice.write(frame[50_000:])
        nothing_between(alice, bob)


GUARDED = ["127.0.0.1", "0.0.0.0", "[::1]", "[::]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[0:0:0:0:0:ffff:127.0.0.1]", "127.1.2.3", "10.1.2.3",
           "192.168.1.1", "172.16.0.1", "169.254.169.254", "[fe80::1]", "[fd00::1]", "224.0.0.1", "[64:ff9b::7f00:1]", "[2002:7f00:1::]",
           "inside.example.org"]


def test_destination_guard():
    """without a word in [destinations] nothing local or private is dialled, in any spelling, by name neither (O-50)"""
    with Relay(allow="", more='[dns]\nhosts = { "inside.example.org" = "127.0.0.1" }') as relay, Peer() as victim:
        with contextlib.closing(relay.client("alice")) as alice, contextlib.closing(relay.client("bob")) as bob:
            for host in GUARDED:
                alice.send(alice.message(f"msrp://{host}:{victim.port}/abc;tcp", b"let me in"))
                word = unique("fence").encode()
                alice.send(alice.message(bob.path(), word))
                assert bob.read().body == word  # the frame before it was dealt with
                codes = []
                while len(codes) < 2:  # two final responses; a REPORT may stand between them
                    frame = alice.read()
                    codes += [frame.code] if frame.code else []
                assert codes[1] == 200, (host, codes)
            assert not victim.was_dialled()


def test_own_listener_not_dialled():
    """the relay's own listener is no destination even where loopback is allowed (O-50)"""
    with people("alice", "bob") as (alice, bob):
        alice.send(alice.message(f"msrp://127.0.0.1:{shared().port}/abc;tcp", b"loop", [("Failure-Report", "no")]))
        nothing_between(alice, bob)


def test_stops():
    shared.stops()


test_stops.__doc__ = Shared.stops.__doc__
if __name__ == "__main__":
    tap.run(tap.functions(globals()))

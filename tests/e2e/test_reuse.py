#!/usr/bin/env python3
"""Which link a frame takes: reuse by scheme, host and port, several addresses of a name, clients that are never dialled, responses that open nothing."""

import contextlib
import select
import socket

import relay as e2e
from msrp import Frame, unique
from relay import Peer, Relay, Shared, tap

PORT = e2e.free_port("127.0.0.9")
NAMES = {"many.example.net": '["127.0.0.7", "127.0.0.8", "127.0.0.9"]', "guarded.example.net": '["10.1.2.3", "127.0.0.9"]', "one.example.net": '"127.0.0.9"',
         "none.example.net": '["127.0.0.7", "127.0.0.8"]', "inside.example.net": '["10.1.2.3", "10.1.2.4"]'}
shared = Shared(cores=1, more="[dns]\nhosts = { " + ", ".join(f'"{name}" = {value}' for name, value in NAMES.items()) + " }")


@contextlib.contextmanager
def two():
    with contextlib.closing(shared().client("alice")) as alice, contextlib.closing(shared().client("bob")) as bob:
        yield alice, bob


@contextlib.contextmanager
def door(host="127.0.0.9", port=0):
    """A peer at an address of its own."""
    with Peer(host=host) as peer:
        if port:
            peer.close()
            peer.socket = socket.create_server((host, port))
            peer.port = port
        yield peer


def deliver(sender, uri, far):
    """A message to a peer that is connected already; its 200."""
    word = unique("w").encode()
    sent = sender.send(sender.message(uri, word))
    got = far.read()
    assert got.body == word and got.to_path[-1] == uri.split(" ")[-1], got
    far.answer(got)
    answer = sender.read()
    assert answer.tid == sent.tid and answer.code == 200, answer


def dialled(sender, uri, peer):
    """A message to a peer that must be dialled for it; the peer's end."""
    word = unique("w").encode()
    sender.send(sender.message(uri, word))
    far = peer.accept()
    got = far.read()
    assert got.body == word and got.to_path == uri.split(" "), got
    far.answer(got)
    assert sender.read().code == 200
    return far


def test_reuse():
    """one link for all sessions and senders to the same scheme, host and port, a name in any case; another for another port (R-227, R-112)"""
    with two() as (alice, bob), door() as peer, door() as other:
        with contextlib.closing(dialled(alice, f"msrp://one.example.net:{peer.port}/a;tcp", peer)) as far:
            for sender in (alice, bob):
                for uri in (f"msrp://one.example.net:{peer.port}/b;tcp", f"msrp://ONE.Example.net:{peer.port}/c;tcp", f"msrp://me@one.example.net:{peer.port}/d;tcp",
                            f"msrp://one.example.net:{peer.port}/a;tcp;x=y", f"msrp://one.example.net:{peer.port}/a;tcp msrp://far.example.net:1/z;tcp"):
                    deliver(sender, uri, far)
            assert not peer.was_dialled()
            with contextlib.closing(dialled(alice, f"msrp://one.example.net:{other.port}/a;tcp", other)):
                deliver(alice, f"msrp://one.example.net:{peer.port}/a;tcp", far)


def test_dialled_anew():
    """a link that the peer has closed is not used again: the next message dials (R-227, R-231)"""
    with two() as (alice, bob), door() as peer:
        uri = f"msrp://127.0.0.9:{peer.port}/a;tcp"
        dialled(alice, uri, peer).close()
        for _ in range(1000):  # until the relay has seen the end
            alice.send(alice.message(uri, b"again", [("Failure-Report", "no")]))
            alice.send(alice.message(bob.path(), b"fence"))
            assert bob.read().body == b"fence" and alice.read().code == 200
            if select.select([peer.socket], [], [], 0)[0]:
                break
        with contextlib.closing(peer.accept()) as far:
            assert far.read().body == b"again"


def test_other_methods_too():
    """REPORT and unknown methods take the link that is there, and open one where there is none (R-071)"""
    with two() as (alice, _), door() as first, door() as second:
        alice.send(Frame("REPORT", f"{alice.use_path} msrp://127.0.0.9:{first.port}/r;tcp", alice.uri, [("Message-ID", "m"), ("Status", "000 200 OK")]))
        with contextlib.closing(first.accept()) as far:
            assert far.read().method == "REPORT"
            asked = alice.send(alice.message(f"msrp://127.0.0.9:{first.port}/r;tcp", None, method="NICKNAME"))
            got = far.read()
            assert got.method == "NICKNAME" and not first.was_dialled(), got
            far.answer(got)
            assert alice.read().tid == asked.tid
        asked = alice.send(alice.message(f"msrp://127.0.0.9:{second.port}/r;tcp", None, method="NICKNAME"))
        with contextlib.closing(second.accept()) as far:
            far.answer(far.read(), 404, " Not Here")
            answer = alice.read()
            assert answer.tid == asked.tid and answer.code == 404, answer


def test_addresses_in_order():
    """addresses of a name are tried in order: refused, refused, there; what the guard refuses is passed over (R-242, R-241, R-115)"""
    with two() as (alice, bob), door(port=PORT) as peer:
        for name in ("many", "guarded"):
            with contextlib.closing(dialled(alice, f"msrp://{name}.example.net:{PORT}/x;tcp", peer)) as far:
                deliver(bob, f"msrp://{name}.example.net:{PORT}/x;tcp", far)
        with door("127.0.0.7", PORT) as nearer:  # the first of them that answers is taken
            with contextlib.closing(shared().client("carol")) as carol:
                for _ in range(1000):  # until the relay has seen the end of the other link
                    carol.send(carol.message(f"msrp://many.example.net:{PORT}/x;tcp", b"near", [("Failure-Report", "no")]))
                    carol.send(carol.message(bob.path(), b"fence"))
                    assert bob.read().body == b"fence" and carol.read().code == 200
                    if select.select([nearer.socket], [], [], 0)[0]:
                        break
                assert nearer.accept().read().body == b"near"


def test_no_address_left():
    """a name of which no address answers, or none may be dialled: one failure, told once (R-242, R-115, R-107)"""
    with two() as (alice, bob):
        for name in ("none", "inside"):
            sent = alice.send(alice.message(f"msrp://{name}.example.net:{PORT}/x;tcp", b"12345"))
            frames = [alice.read()]
            if frames[0].code == 200:
                frames.append(alice.read())
                assert frames[1].get("Message-ID") == sent.get("Message-ID") and frames[1].get("Status").startswith("000 4"), frames
            else:
                assert 400 <= frames[0].code < 500, frames
            deliver(alice, bob.path(), bob)


def test_unknown_name():
    """a name that nobody knows is a failure, told once; others do not wait for its lookup (R-243, R-115)"""
    with two() as (alice, bob):
        sent = alice.send(alice.message("msrp://no-such-host.invalid:9999/x;tcp", b"12345"))
        deliver(bob, alice.path(), Skipping(alice, sent))
        frames = alice.skipped
        while not any(frame.method or frame.code != 200 for frame in frames):
            frames.append(alice.read())
        assert len(frames) <= 2, frames
        deliver(alice, bob.path(), bob)


class Skipping:
    """A client's end that keeps what belongs to another request for later."""

    def __init__(self, client, other):
        self.client, self.other = client, other
        client.skipped = []

    def read(self):
        while True:
            frame = self.client.read()
            if frame.tid != self.other.tid and frame.method != "REPORT":
                return frame
            self.client.skipped.append(frame)

    def answer(self, frame):
        self.client.answer(frame)


def test_response_opens_nothing():
    """a response whose link is gone is dropped: nobody is dialled for it (R-054)"""
    with two() as (alice, bob), door() as peer:
        far = dialled(alice, f"msrp://127.0.0.9:{peer.port}/x;tcp", peer)
        far.uri = f"msrp://127.0.0.9:{peer.port}/x;tcp"
        far.send(far.message(alice.path(), None, method="NICKNAME"))
        got = alice.read()
        far.close()
        deliver(bob, alice.path(), alice)
        alice.answer(got)
        deliver(alice, bob.path(), bob)
        deliver(bob, alice.path(), alice)
        assert not peer.was_dialled()


def test_clients_are_never_dialled():
    """a client is reached on its own link and never at the address in its URI, neither while it is there nor after (R-228, R-290)"""
    with contextlib.closing(shared().client("alice")) as alice, door() as peer, contextlib.closing(shared().client("bob", auth=False)) as bob:
        bob.uri = f"msrp://127.0.0.9:{peer.port}/bob;tcp"
        bob.auth()
        deliver(alice, bob.path(), bob)
        path = bob.path()
        bob.close()
        for _ in range(1000):  # until the relay has seen the end
            alice.send(alice.message(path, b"x", [("Failure-Report", "yes")]))
            answer = alice.read()
            if answer.code == 481:
                break
        assert answer.code == 481, answer
        assert not peer.was_dialled()


def test_either_side_first():
    """whoever sends first, after AUTH: both ways over the links that the clients opened (R-290)"""
    for order in (0, 1):
        with two() as pair:
            first, second = pair[order], pair[1 - order]
            deliver(first, second.path(), second)
            deliver(second, first.path(), first)


def test_sessions_differ_in_the_whole_uri():
    """two clients whose URIs differ in the session alone: each gets its own, bodies and SDP-like text in them untouched (R-291)"""
    with two() as (alice, bob), contextlib.closing(shared().client("carol", auth=False)) as carol:
        carol.uri = bob.uri.replace(";tcp", "x;tcp")
        carol.auth()
        for reader in (bob, carol, bob):
            body = f"a=path:{alice.use_path} {alice.uri}\r\nc=IN IP4 192.0.2.1\r\n{unique()}".encode()
            alice.send(alice.message(reader.path(), body, content_type="application/sdp"))
            got = reader.read()
            assert got.body == body and got.to_path == [reader.uri] and alice.read().code == 200, got
            reader.answer(got)
        alice.send(alice.message(f"{bob.use_path} {carol.uri}", b"crossed"))
        frames = [alice.read()]
        assert frames[0].code in (403, 481), frames
        deliver(alice, carol.path(), carol)


def test_half_closed():
    """a half-closed sender's messages, each longer than the one before, are all delivered and answered (R-233)"""
    with Relay() as relay, contextlib.closing(relay.client("bob")) as bob, contextlib.closing(relay.client("alice")) as alice:
        sent = [alice.send(alice.message(bob.path(), b"x" * 5000 * number)) for number in range(1, 20)]
        alice.socket.shutdown(socket.SHUT_WR)
        for frame in sent:
            _, body, flag = bob.read_message()
            assert body == frame.body and flag == "$"
        assert [alice.read().tid for _ in sent] == [frame.tid for frame in sent]


def test_stops():
    shared.stops()


test_stops.__doc__ = Shared.stops.__doc__
if __name__ == "__main__":
    tap.run(tap.functions(globals()))

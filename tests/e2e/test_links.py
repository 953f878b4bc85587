#!/usr/bin/env python3
"""Connections: how long they live, when they are used again, which limits they meet, and who is reached on which."""

import contextlib
import re
import socket
import threading

import relay as e2e
from msrp import Closed, Frame, authorization, unique
from relay import Peer, Relay, tap


@contextlib.contextmanager
def served(*names, **options):
    """A relay on one core and clients of it."""
    with Relay(**{"cores": 1, **options}) as relay, contextlib.ExitStack() as stack:
        yield relay, *[stack.enter_context(contextlib.closing(relay.client(name))) for name in names]


def knock(link, client):
    """A permitted request of a link without a session."""
    word = unique("knock").encode()
    link.send(link.message(client.path(), word))
    got = client.read()
    assert got.body == word and link.read().code == 200, got
    client.answer(got)


def message(sender, path, reader):
    word = unique("word").encode()
    sender.send(sender.message(path, word))
    got = reader.read()
    assert got.body == word and sender.read().code == 200, got
    reader.answer(got)


def ended(link):
    """The link is closed, and nothing came before."""
    return link.closed() and not link.buffer


def test_probation():
    """no successful request in first_request: closed; a permitted request or a session is success; dialled links are exempt (R-225, R-226)"""
    with served("alice", more='[timers]\nfirst_request = "2s"') as (relay, alice), Peer() as peer, contextlib.ExitStack() as stack:
        message_sent = alice.send(alice.message(peer.uri, b"out"))
        far = stack.enter_context(contextlib.closing(peer.accept()))
        far.answer(far.read())
        assert alice.read().tid == message_sent.tid
        guest, drip, wrong, mute = [stack.enter_context(contextlib.closing(relay.stranger())) for _ in range(4)]
        knock(guest, alice)
        drip.write(b"MSRP abcd SEND\r\n")
        wrong.send(wrong.message(f"msrp://{e2e.HOST}:{relay.port}/AAAAAAAAAAAAAAAAAAAAAAAA;tcp {alice.uri}"))
        assert wrong.read().code == 481
        for octet in b"To-Path: msrp://":
            with contextlib.suppress(Closed):
                drip.write(bytes([octet]))
        assert ended(drip) and ended(wrong) and ended(mute)
        knock(guest, alice)
        message(alice, peer.uri, far)
        assert alice.ask_auth().code == 401


def test_idle():
    """an idle link without a session ends after idle, one with a session does not (R-229, R-230)"""
    with served("alice", "bob", more='[timers]\nidle = "1s"') as (relay, alice, bob), contextlib.closing(relay.stranger()) as guest, Peer() as peer:
        knock(guest, alice)
        alice.send(alice.message(peer.uri))
        with contextlib.closing(peer.accept()) as far:
            far.answer(far.read())
            assert alice.read().code == 200
            assert ended(guest) and ended(far)
        message(alice, bob.path(), bob)
        message(bob, alice.path(), alice)
        alice.send(alice.message(peer.uri, b"anew"))  # and the peer is dialled again
        with contextlib.closing(peer.accept()) as far:
            assert far.read().body == b"anew"


def keepalive_of(link):
    """Seconds until the kernel's keep-alive timer of the relay's end of a link fires (proc(5): timer 2, in hundredths)."""
    ours, theirs = ("%04X" % link.socket.getpeername()[1]), ("%04X" % link.socket.getsockname()[1])
    with open("/proc/net/tcp", encoding="ascii") as table:
        for line in table:
            fields = line.split()
            if fields[1].endswith(":" + ours) and fields[2].endswith(":" + theirs):
                timer, when = fields[5].split(":")
                return int(when, 16) / 100 if timer == "02" else None
    raise AssertionError("the relay's end is not in /proc/net/tcp")


def test_keepalive():
    """[timers] keepalive is TCP's on accepted and on dialled links: a peer that vanished is noticed (R-229)"""
    for value, most in (("20s", 20), ("1h", 3600)):
        with served("alice", more=f'[timers]\nkeepalive = "{value}"') as (_, alice), Peer() as peer:
            alice.send(alice.message(peer.uri))
            with contextlib.closing(peer.accept()) as far:
                far.answer(far.read())
                assert alice.read().code == 200 and alice.ask_auth().code == 401
                for link in (alice, far):
                    link.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
                    left = keepalive_of(link)
                    assert left is not None and most / 2 < left <= most + 1, (value, left)


def test_write_stall():
    """a reader that takes nothing for write_stall is closed, and what was unanswered is reported; others do not notice (R-115, R-140, R-142)"""
    size = 24 << 20
    with served("alice", "bob", "carol", more='[timers]\nwrite_stall = "1s"') as (relay, alice, bob, carol), contextlib.closing(relay.client("dave")) as deaf:
        frame = alice.message(deaf.path(), b"", byte_range=f"1-*/{size}")
        head, end = frame.encode().split(b"\r\n\r\n")[0] + b"\r\n\r\n", f"\r\n-------{frame.tid}$\r\n".encode()

        def write():
            alice.write(head)
            for _ in range(size >> 20):
                alice.write(bytes(1 << 20))
            alice.write(end)
        writer = threading.Thread(target=write)
        alice.socket.settimeout(e2e.PATIENCE + 10)
        writer.start()
        message(bob, carol.path(), carol)
        report = alice.read()
        assert report.method == "REPORT" and report.get("Message-ID") == frame.get("Message-ID"), report
        told = re.fullmatch(rf"1-(\d+)/{size}", report.get("Byte-Range"))
        assert told and 0 < int(told[1]) <= size and report.get("Status").startswith("000 4"), report
        writer.join()  # the rest is taken and dropped
        assert alice.read().tid == frame.tid
        message(alice, bob.path(), bob)
        sent = alice.send(alice.message(deaf.path(), b"gone?"))
        answer = alice.read()
        assert answer.tid == sent.tid and answer.code == 481, answer
        assert deaf.closed()


def test_links_limit():
    """links are all taken: the least recently used without a session goes; where all have sessions, new ones are refused (R-229, R-230)"""
    with served("alice", more="[limits]\nlinks = 4") as (relay, alice), contextlib.ExitStack() as stack:
        guests = [stack.enter_context(contextlib.closing(relay.stranger())) for _ in range(3)]
        for guest in (*guests, guests[0], guests[2]):
            knock(guest, alice)
        with contextlib.closing(relay.client("bob")) as bob:  # the fifth
            assert ended(guests[1])
            for guest in (guests[0], guests[2]):
                knock(guest, bob)
            with contextlib.closing(relay.client("carol")) as carol, contextlib.closing(relay.client("dave")) as dave:
                assert ended(guests[0]) and ended(guests[2])
                with contextlib.closing(relay.link()) as extra:
                    with contextlib.suppress(Closed):
                        extra.write(Frame("AUTH", relay.uri, "msrp://x.invalid:1/abc;tcp").encode())
                    assert ended(extra)
                for reader in (bob, carol, dave):
                    message(alice, reader.path(), reader)


def test_descriptors():
    """few descriptors: links beyond them are refused or take the place of idle ones, sessions live on, and room comes back (R-229, R-301)"""
    with served("alice", "bob", open_files=110) as (relay, alice, bob), contextlib.ExitStack() as stack:
        served_ones, refused = [], 0
        for _ in range(150):
            guest = stack.enter_context(contextlib.closing(relay.stranger()))
            try:
                if guest.ask_auth().code == 401:
                    served_ones.append(guest)
            except Closed:
                refused += 1
        assert refused >= 50 and len(served_ones) >= 20, (refused, len(served_ones))
        message(alice, bob.path(), bob)
        for guest in served_ones:
            guest.close()
        for _ in range(2000):  # until the relay has seen them go
            with contextlib.closing(relay.stranger()) as next_one, contextlib.suppress(Closed):
                if next_one.ask_auth().code == 401:
                    break
        else:
            raise AssertionError("no room comes back")
        message(bob, alice.path(), alice)


def sessions_limit(limits, name):
    """403 with a reason at the limit; the sessions that are there live on; the room of a closed link is given again."""
    with served("alice", "bob", more=f"[limits]\n{limits}") as (relay, alice, bob):
        def ask(client):
            return client.ask_auth(authorization(client.challenge(), name, f"{name}-pw", relay.uri))
        with contextlib.ExitStack() as stack:
            answers = []
            while not answers or answers[-1].code == 200:  # the limit is shared out among the cores and rounded up
                answers.append(ask(stack.enter_context(contextlib.closing(relay.client(name, auth=False)))))
                assert len(answers) <= 4, answers
            last = answers[-1]
            assert len(answers) >= 2 and last.code == 403 and len(last.start) > 4, answers
            assert not last.get("Use-Path") and not last.get("WWW-Authenticate"), last
            message(alice, bob.path(), bob)
        for _ in range(1000):  # until the relay has seen those links go
            with contextlib.closing(relay.client(name, auth=False)) as again:
                answer = ask(again)
                if answer.code == 200:
                    break
        assert answer.code == 200, answer
        message(bob, alice.path(), alice)


SESSIONS = {"sessions of the relay (R-164)": ("sessions = 3", "carol"), "sessions of a user (R-164, R-257)": ("sessions_per_user = 2", "alice")}


def test_thousand_sessions_on_a_link():
    """a thousand sessions on one link, each reached by its own URI (R-234, R-303, R-200)"""
    with served("alice", "bob") as (relay, alice, bob):
        challenge = bob.challenge()
        uris = []
        for nc in range(1, 1001):
            answer = bob.ask_auth(authorization(challenge, "bob", "bob-pw", relay.uri, nc=nc))
            assert answer.code == 200, (nc, answer)
            uris.append(answer.get("Use-Path"))
        assert len(set(uris)) == 1000
        frames = b"".join(Frame("SEND", [alice.use_path, uri, bob.uri], alice.uri,
                                [("Message-ID", unique("m")), ("Failure-Report", "no"), ("Content-Type", "text/plain")], uri.encode()).encode() for uri in uris)
        writer = threading.Thread(target=alice.write, args=(frames,))
        writer.start()
        for uri in uris:
            got = bob.read()
            assert got.body == uri.encode() and got.from_path == [uri, alice.use_path, alice.uri], got
        writer.join()
        message(alice, bob.path(), bob)


def test_thousand_links():
    """a thousand links with a session each; coming and going a second time finds all the room again (R-234, R-303)"""
    with served("alice", more="[limits]\nsessions = 1001\n") as (relay, alice):
        for _ in range(2):
            with contextlib.ExitStack() as stack:
                clients, full = [], 0
                while len(clients) < 1000:
                    client = stack.enter_context(contextlib.closing(relay.client("bob", auth=False)))
                    answer = client.ask_auth(authorization(client.challenge(), "bob", "bob-pw", relay.uri))
                    if answer.code == 403 and full < 3000:  # those of the first round are still being seen to go
                        full += 1
                        client.close()
                        continue
                    assert answer.code == 200, (len(clients), answer)
                    client.use_path = answer.get("Use-Path")
                    clients.append(client)
                for client in clients:
                    alice.send(alice.message(client.path(), client.uri.encode(), [("Failure-Report", "no")]))
                for client in clients:
                    assert client.read().body == client.uri.encode()


if __name__ == "__main__":
    cases = tap.functions(globals())
    cases += [(f"limit: {name}", lambda row=row: sessions_limit(*row)) for name, row in SESSIONS.items()]
    tap.run(cases)

#!/usr/bin/env python3
"""Chains: AUTH through one and two of our relays to the next, traffic both ways, what a known relay may. Each relay is a daemon with an address of
its own; relays dial from 127.0.0.1, which the next one's [relays] names, and clients from 127.0.1.x, which none does."""

import contextlib
import os
import select
import threading

import relay as e2e
from msrp import Closed, Frame, Link, authorization, unique
from relay import Peer, Relay, htdigest, tap

ALICE, BOB, ELSEWHERE = "127.0.1.1", "127.0.1.2", "127.0.1.3"
NAMES = ["r1.example.org", "r2.example.net", "r3.example.com"]
HOSTS = ", ".join(f'"{name}" = "127.0.0.{number}"' for number, name in enumerate(NAMES, 2))


@contextlib.contextmanager
def relays(count=3, limits="", timers=""):
    """Relays that know the previous ones by their address."""
    more = f'[relays]\naddresses = ["127.0.0.1"]\n[dns]\nhosts = {{ {HOSTS} }}\n{limits}\n{timers}'
    with contextlib.ExitStack() as stack:
        yield [stack.enter_context(Relay(name=NAMES[i], host=f"127.0.0.{i + 2}", more=more, cores=1 + i % 2)) for i in range(count)]


def auth_through(client, relays_behind, user=None):
    """Adds a URI at each further relay in turn, as RFC 4976 5.1 shows; the answers."""
    answers = []
    for relay in relays_behind:
        first = client.ask_auth(uri=f"{client.use_path} {relay.uri}")
        assert first.code == 401, first
        value = authorization(first.get("WWW-Authenticate"), user or client.name, f"{user or client.name}-pw", relay.uri)
        answer = client.ask_auth(value, uri=f"{client.use_path} {relay.uri}")
        assert answer.code == 200, answer
        client.use_path = answer.get("Use-Path")
        answers.append((first, answer))
    return answers


@contextlib.contextmanager
def chained(chain, name="alice", source=ALICE):
    """A client of the first relay with a URI at each."""
    with contextlib.closing(chain[0].client(name, source=source)) as client:
        auth_through(client, chain[1:])
        yield client


@contextlib.contextmanager
def at_last(chain, name="bob", source=BOB):
    with contextlib.closing(chain[-1].client(name, source=source)) as client:
        yield client


def exchange(alice, bob, body=b"hello"):
    """A message along both paths, its 200 and the receiver's."""
    sent = alice.send(alice.message(bob.path(), body))
    got, seen, flag = bob.read_message()
    assert seen == body and flag == "$" and got.to_path == [bob.uri], got
    assert got.from_path == bob.use_path.split(" ") + alice.use_path.split(" ")[::-1] + [alice.uri], got
    answer = alice.read()
    assert answer.tid == sent.tid and answer.code == 200 and answer.to_path == [alice.uri], answer
    assert answer.from_path == alice.use_path.split(" ")[:1], answer
    bob.answer(got)
    return got


def test_auth_through_one():
    """AUTH through one relay to the next: its 401 and 200 come back along the path, Use-Path has both, nearest first (R-070, R-197, R-199)"""
    with relays(2) as (one, two), contextlib.closing(one.client("alice", source=ALICE)) as alice:
        own = alice.use_path
        (first, answer), = auth_through(alice, [two])
        for frame in (first, answer):
            assert frame.to_path == [alice.uri] and frame.from_path == [own, two.uri], frame
        assert alice.use_path.split(" ")[0] == own and len(alice.use_path.split(" ")) == 2, alice.use_path
        assert alice.use_path.split(" ")[1].startswith(f"msrp://{two.name}:{two.port}/"), alice.use_path
        assert int(answer.get("Expires")) > 0 and "rspauth=" in answer.get("Authentication-Info"), answer


def test_auth_through_two():
    """AUTH through two relays to a third: Use-Path has all three in the order of To-Path (R-070, R-197, R-199)"""
    with relays() as chain, chained(chain) as alice:
        hosts = [uri.split("/")[2] for uri in alice.use_path.split(" ")]
        assert hosts == [f"{relay.name}:{relay.port}" for relay in chain], alice.use_path


def test_auth_digest_of_next():
    """the digest of an AUTH that passes covers the last URI, and the relay between leaves every octet of it alone (R-154, R-199)"""
    with relays(2) as (one, two), contextlib.closing(one.client("alice", source=ALICE)) as alice:
        uri = f"msrp://{two.name.upper()}:{two.port};tcp"
        challenge = alice.ask_auth(uri=f"{alice.use_path} {uri}")
        answer = alice.ask_auth(authorization(challenge.get("WWW-Authenticate"), "alice", "alice-pw", uri), [("Expires", "120"), ("X-Word", "\u00fc")],
                                uri=f"{alice.use_path} {uri}")
        assert answer.code == 200 and answer.get("Expires") == "120" and answer.from_path[1] == uri, answer


def test_auth_refusals_come_back():
    """403, 423 and 400 of the next relay come back with their headers; nothing of it is this relay's own session (R-093, R-199)"""
    with relays(2) as (one, two), contextlib.closing(one.client("alice", source=ALICE)) as alice:
        def ask(headers, value=None):
            challenge = alice.ask_auth(uri=f"{alice.use_path} {two.uri}").get("WWW-Authenticate")
            return alice.ask_auth(value or authorization(challenge, "alice", "alice-pw", two.uri), headers, uri=f"{alice.use_path} {two.uri}")
        low = ask([("Expires", "1")])
        assert low.code == 423 and low.get("Min-Expires") == "60" and not low.get("Use-Path"), low
        assert ask([], "Digest nonsense").code == 400
        assert ask([("Expires", "60")]).code == 200


def test_guessing_through_a_relay():
    """wrong passwords for the next relay end the guesser's own link, not the link between the relays (R-163)"""
    with relays(2) as (one, two), chained([one, two]) as alice, contextlib.closing(two.client("bob", source=BOB)) as bob:
        with contextlib.closing(one.client("carol", source=ELSEWHERE)) as carol:
            challenge = carol.ask_auth(uri=f"{carol.use_path} {two.uri}").get("WWW-Authenticate")
            with contextlib.suppress(Closed):
                for nc in range(1, 10):
                    value = authorization(challenge, "carol", f"guess{nc}", two.uri, nc=nc)
                    answer = carol.ask_auth(value, uri=f"{carol.use_path} {two.uri}")
                    assert answer.code == 401, answer
                    challenge = answer.get("WWW-Authenticate")
                assert carol.silent()
                raise AssertionError("nine wrong passwords, and the link is still open")
        exchange(alice, bob)
        exchange(bob, alice)


def test_both_ways_through_three():
    """SEND, REPORT, unknown methods and their responses both ways through three relays, with exact paths (R-046, R-051, R-053, R-068)"""
    with relays() as chain, chained(chain) as alice, at_last(chain) as bob:
        for sender, reader in ((alice, bob), (bob, alice)) * 2:
            got = exchange(sender, reader, os.urandom(3000))
            values = [("Message-ID", got.get("Message-ID")), ("Byte-Range", "1-3000/3000"), ("Status", "000 200 OK")]
            reader.send(Frame("REPORT", got.from_path, reader.uri, values))
            report = sender.read()
            assert report.method == "REPORT" and report.headers == values and report.to_path == [sender.uri], report
            assert report.from_path == got.from_path[::-1][1:] + [reader.uri], report
            request = sender.send(sender.message(reader.path(), None, [("Use-Nickname", '"x"')], method="NICKNAME"))
            nick = reader.read()
            assert nick.get("Use-Nickname") == '"x"' and nick.from_path == got.from_path, nick
            reader.answer(nick, 425, " Nickname reserved", headers=[("X-Why", "taken")])
            answer = sender.read()
            assert answer.tid == request.tid and answer.code == 425 and answer.get("X-Why") == "taken", answer
            assert answer.to_path == [sender.uri] and answer.from_path == request.to_path, answer


def test_bulk_through_three():
    """eight MiB in one chunk each way at the same time arrive whole (R-139, R-141)"""
    with relays() as chain, chained(chain) as alice, at_last(chain) as bob:
        bodies = {"alice": os.urandom(8 << 20), "bob": os.urandom(8 << 20)}
        bob.answers, alice.answers, faults = [], [], []

        def read(reader, body):
            try:
                seen, flag = b"", "+"
                while flag == "+" or not reader.answers:
                    frame = reader.read()
                    if frame.code:
                        reader.answers.append(frame.code)
                        continue
                    assert int(frame.get("Byte-Range").split("-")[0]) == len(seen) + 1, frame
                    seen, flag = seen + frame.body, frame.flag
                assert seen == body and flag == "$" and reader.answers == [200], (len(seen), flag, reader.answers)
            except BaseException as fault:
                faults.append(fault)
        jobs = []
        for sender, reader in ((alice, bob), (bob, alice)):
            frame = sender.message(reader.path(), bodies[sender.name], byte_range=f"1-*/{8 << 20}")
            jobs += [threading.Thread(target=sender.write, args=(frame.encode(),)), threading.Thread(target=read, args=(reader, bodies[sender.name]))]
        for job in jobs:
            job.start()
        for job in jobs:
            job.join()
        assert not faults, faults


def test_failure_comes_all_the_way_back():
    """what fails at the last hop of three comes back as one REPORT along the whole path, whichever relay noticed (R-107, R-109)"""
    with relays() as chain, chained(chain) as alice, at_last(chain) as bob, Peer() as far:
        gone = far.uri
        far.close()
        unknown = f"{bob.use_path.rsplit('/', 1)[0]}/AAAAAAAAAAAAAAAAAAAAAAAA;tcp {bob.uri}"
        for path, by in ((unknown, 1), (gone, 2)):  # the third says so in its response: the second reports it. The third can only report.
            sent = alice.send(alice.message(path, b"12345"))
            answer, report = alice.read(), alice.read()
            assert answer.code == 200 and answer.tid == sent.tid and report.method == "REPORT", (answer, report)
            assert report.to_path == [alice.uri] and report.get("Message-ID") == sent.get("Message-ID"), report
            assert report.get("Byte-Range") == "1-5/5" and report.get("Status").startswith("000 4"), report
            assert report.from_path == alice.use_path.split(" ")[:by + 1], report
        exchange(alice, bob)
        assert alice.silent()


class FakeRelay:
    """A known relay (by its address) that is this test: a door for links to it, and links of its own to the relay under test."""

    def __init__(self, relay, user="alice"):
        self.relay, self.door = relay, Peer("r0")
        self.hop = self.door.uri
        self.client_uri = f"msrp://{user}.invalid:2855/{unique('s')};tcp"
        self.user = user
        self.link = self.connect()
        self.uri = self.auth(self.link)

    def connect(self, source="127.0.0.1"):
        link = Link(self.relay.address, source_address=(source, 0))
        return link

    def auth(self, link):
        values = []
        for _ in range(2):
            link.send(Frame("AUTH", self.relay.uri, [self.hop, self.client_uri], values))
            answer = link.read()
            assert answer.to_path == [self.hop, self.client_uri], answer
            values = [("Authorization", authorization(answer.get("WWW-Authenticate") or 'Digest realm="", nonce=""', self.user, f"{self.user}-pw",
                                                      self.relay.uri))]
        assert answer.code == 200, answer
        path = answer.get("Use-Path").split(" ")
        assert path[0] == self.hop and len(path) == 2, path
        return path[1]

    def send(self, link, bob, body):
        return link.send(Frame("SEND", [self.uri, bob.use_path, bob.uri], [self.hop, self.client_uri],
                               [("Message-ID", unique("m")), ("Byte-Range", f"1-{len(body)}/{len(body)}"), ("Content-Type", "text/plain")], body))

    def close(self):
        self.link.close()
        self.door.close()


@contextlib.contextmanager
def with_fake():
    more = '[relays]\naddresses = ["127.0.0.1"]\n'
    with Relay(host="127.0.0.2", more=more) as relay, contextlib.closing(relay.client("bob", source=BOB)) as bob:
        with contextlib.closing(FakeRelay(relay)) as fake:
            yield relay, bob, fake


def test_any_link_of_the_relay():
    """a URI obtained through a known relay works on any link of that relay, and on nobody else's (R-050, R-048, R-250)"""
    with with_fake() as (relay, bob, fake), contextlib.closing(fake.connect()) as second, contextlib.closing(fake.connect(ELSEWHERE)) as stranger:
        for link in (second, fake.link, second):
            sent = fake.send(link, bob, unique("word").encode())
            got = bob.read()
            assert got.body == sent.body and got.from_path == [bob.use_path, fake.uri, fake.hop, fake.client_uri], got
            answer = link.read()
            assert answer.code == 200 and answer.tid == sent.tid and answer.to_path == [fake.hop], answer
            bob.answer(got)
        fake.send(stranger, bob, b"not mine")
        answer = stranger.read()
        assert answer.code in (403, 481), answer
        sent = fake.send(second, bob, b"fence")
        assert bob.read().body == b"fence" and second.read().tid == sent.tid


def test_outlives_a_link_of_the_relay():
    """and it outlives the link that it was obtained on: both ways, over a new one (R-050)"""
    with with_fake() as (relay, bob, fake):
        fake.link.close()
        with contextlib.closing(fake.connect()) as second:
            sent = fake.send(second, bob, b"back again")
            answer = second.read()
            assert answer.code == 200 and answer.tid == sent.tid, answer
            got = bob.read()
            assert got.body == b"back again", got
            bob.answer(got)
            bob.send(bob.message(f"{fake.uri} {fake.hop} {fake.client_uri}", b"to the client"))
            got = second.read()
            assert got.to_path == [fake.hop, fake.client_uri] and got.from_path == [fake.uri, bob.use_path, bob.uri], got
            assert bob.read().code == 200


def test_dialled_back():
    """with no link left, traffic to the relay's client dials that relay's URI (R-050, R-228)"""
    with with_fake() as (relay, bob, fake):
        fake.link.close()
        fake.door.socket.settimeout(0)
        for _ in range(1000):  # until the relay has seen the end of the link
            bob.send(bob.message(f"{fake.uri} {fake.hop} {fake.client_uri}", b"anybody there", [("Failure-Report", "no")]))
            assert bob.ask_auth().code == 401
            if select.select([fake.door.socket], [], [], 0)[0]:
                break
        with contextlib.closing(fake.door.accept()) as dialled:
            got = dialled.read()
            assert got.to_path == [fake.hop, fake.client_uri] and got.from_path == [fake.uri, bob.use_path, bob.uri], got


def test_unknown_relay_is_a_client():
    """AUTH with relays in From-Path from an address that is none: the URI is good on that link only, and dies with it (R-049, R-166)"""
    with with_fake() as (relay, bob, fake):
        link = fake.connect(ELSEWHERE)
        fake.uri = fake.auth(link)
        sent = fake.send(link, bob, b"mine")
        assert bob.read().body == b"mine" and link.read().tid == sent.tid
        for source in (ELSEWHERE, "127.0.0.1"):
            with contextlib.closing(fake.connect(source)) as other:
                fake.send(other, bob, b"stolen")
                assert other.read().code in (403, 481)
        link.close()
        with contextlib.closing(fake.connect(ELSEWHERE)) as again:
            fake.send(again, bob, b"again")
            assert again.read().code in (403, 481)


def test_many_clients_on_one_link():
    """sessions of many clients of a known relay share its link; one that is not there harms no other (R-234, R-045)"""
    with with_fake() as (relay, bob, fake):
        uris = []
        for _ in range(50):
            fake.client_uri = f"msrp://c.invalid:2855/{unique('s')};tcp"
            uris.append((fake.auth(fake.link), fake.client_uri))
        for uri, client in uris:
            fake.uri, fake.client_uri = uri, client
            fake.send(fake.link, bob, client.encode())
        lost = fake.uri
        fake.uri = f"{lost.rsplit('/', 1)[0]}/AAAAAAAAAAAAAAAAAAAAAAAA;tcp"
        fake.send(fake.link, bob, b"nobody")
        for uri, client in uris:
            got = bob.read()
            assert got.body == client.encode() and got.from_path == [bob.use_path, uri, fake.hop, client], got
        codes = sorted(fake.link.read().code for _ in range(51))
        assert codes == [200] * 50 + [481], codes


if __name__ == "__main__":
    tap.run(tap.functions(globals()))

#!/usr/bin/env python3
"""Slow receivers: the sender is slowed, nobody else is, nothing is lost; alone at one relay, and behind a chain whose links many sessions share."""

import contextlib
import hashlib
import os
import re
import select
import threading
import time

import relay as e2e
from msrp import unique
from relay import Relay, tap
from test_chain import ALICE, BOB, ELSEWHERE, auth_through, relays

BLOCK = os.urandom(1 << 16)


class Upload:
    """Sends a message of `size` octets in chunks of `chunk` octets, as fast as it is taken, in a thread of its own."""

    def __init__(self, client, path, size, chunk=None, told=True):
        self.client, self.size, self.chunk, self.path, self.total = client, size, chunk or size, path, size if told else "*"
        self.sent, self.id, self.fault = 0, unique("upload"), None
        self.digest = hashlib.sha256()
        client.socket.settimeout(120)
        self.thread = threading.Thread(target=self.run)
        self.thread.start()

    def run(self):
        try:
            for at in range(0, self.size, self.chunk):
                octets = min(self.chunk, self.size - at)
                frame = self.client.message(self.path, b"", [("Failure-Report", "no")], byte_range=f"{at + 1}-*/{self.total}",
                                            message_id=self.id, flag="$" if at + octets == self.size else "+")
                head, end = frame.encode().split(b"\r\n\r\n")[0] + b"\r\n\r\n", f"\r\n-------{frame.tid}{frame.flag}\r\n".encode()
                self.client.write(head)
                while octets:
                    part = BLOCK[:octets]
                    self.client.write(part)
                    self.digest.update(part)
                    self.sent += len(part)
                    octets -= len(part)
                self.client.write(end)
        except Exception as fault:
            self.fault = fault

    def stalled(self):
        """Waits until nothing more is taken for a while; the octets that were."""
        while True:
            before = self.sent
            select.select([], [], [], 1.0)
            if self.sent == before:
                return self.sent


def download(reader, upload):
    """Reads a whole message, checks that it is gapless and the one sent."""
    digest, received, flag = hashlib.sha256(), 0, "+"
    while flag == "+" or received < upload.size:
        frame = reader.read_head()[0]
        assert frame.get("Message-ID") == upload.id, frame
        assert int(frame.get("Byte-Range").split("-")[0]) == received + 1, (frame, received)
        end = re.compile(rb"\r\n-------" + re.escape(frame.tid.encode()) + rb"([$+#])\r\n")
        while not (found := end.search(reader.buffer)):
            keep = len(reader.buffer) - 64
            if keep > 0:
                digest.update(reader.buffer[:keep])
                received += keep
                del reader.buffer[:keep]
            reader.fill()
        digest.update(reader.buffer[:found.start()])
        received, flag = received + found.start(), found[1].decode()
        del reader.buffer[:found.end()]
        assert flag in ("+", "$"), (flag, received)
    upload.thread.join()
    assert flag == "$" and received == upload.size and digest.digest() == upload.digest.digest(), (flag, received, upload.fault)


def exchange(sender, reader):
    word = unique("word").encode()
    sent = sender.send(sender.message(reader.path(), word))
    got = reader.read()
    assert got.body == word, got
    answer = sender.read()
    assert answer.tid == sent.tid and answer.code == 200, answer
    reader.answer(got)


@contextlib.contextmanager
def one_relay(limits):
    with Relay(more=limits) as relay, contextlib.ExitStack() as stack:
        yield [stack.enter_context(contextlib.closing(relay.client(name))) for name in ("alice", "bob", "carol", "dave")]


@contextlib.contextmanager
def two_relays(limits):
    """alice and carol at the first relay, with URIs at both; bob and dave at the second."""
    with relays(2, limits=limits) as (one, two), contextlib.ExitStack() as stack:
        alice, carol = [stack.enter_context(contextlib.closing(one.client(name, source=source))) for name, source in (("alice", ALICE), ("carol", ELSEWHERE))]
        bob, dave = [stack.enter_context(contextlib.closing(two.client(name, source=BOB))) for name in ("bob", "dave")]
        for client in (alice, carol):
            auth_through(client, [two])
        yield alice, bob, carol, dave


def slow_reader(people, size, chunk, limits="", told=True):
    with people(limits) as (alice, bob, carol, dave):
        exchange(alice, bob)
        upload = Upload(alice, bob.path(), size, chunk, told)
        assert upload.stalled() < size, "everything was taken from a sender whose receiver reads nothing"
        for _ in range(20):
            exchange(carol, dave)
            exchange(dave, carol)
        bob.socket.settimeout(e2e.PATIENCE + 20)
        download(bob, upload)
        exchange(alice, bob)
        exchange(bob, alice)


def memory(relay):
    """The most that it has held so far, in MiB."""
    with open(f"/proc/{relay.process.pid}/status", encoding="ascii") as status:
        return int(re.search(r"VmHWM:\s+(\d+) kB", status.read())[1]) >> 10


class Pace:
    """A socket of which no more than so many octets a second are read."""

    def __init__(self, socket, octets_per_second):
        self.socket, self.rate, self.began, self.octets = socket, octets_per_second, time.monotonic(), 0

    def __getattr__(self, name):
        return getattr(self.socket, name)

    def recv(self, room):
        early = self.began + self.octets / self.rate - time.monotonic()
        if early > 0:
            select.select([], [], [], early)
        octets = self.socket.recv(room)
        self.octets += len(octets)
        return octets


def slow_last_leg(size, rate, stop):
    """Through three relays: the last leg slower than all others, then a reader that stops altogether; others talk over the same links meanwhile."""
    with relays(3) as chain, contextlib.ExitStack() as stack:
        before = [memory(relay) for relay in chain]
        alice, carol = [stack.enter_context(contextlib.closing(chain[0].client(name, source=source))) for name, source in (("alice", ALICE), ("carol", ELSEWHERE))]
        bob, dave = [stack.enter_context(contextlib.closing(chain[2].client(name, source=BOB))) for name in ("bob", "dave")]
        for client in (alice, carol):
            auth_through(client, chain[1:])
        exchange(alice, bob)
        exchange(carol, dave)
        upload = Upload(alice, bob.path(), size)
        begun = time.monotonic()
        while time.monotonic() - begun < stop:
            exchange(carol, dave)
            exchange(dave, carol)
            select.select([], [], [], 0.1)
        assert upload.sent < size, "everything was taken from a sender whose receiver reads nothing"
        bob.socket = Pace(bob.socket, rate)
        bob.socket.settimeout(e2e.PATIENCE + 20)
        download(bob, upload)
        exchange(alice, bob)
        exchange(dave, carol)
        if "ASAN_OPTIONS" not in os.environ:  # which keeps what is freed
            grown = [memory(relay) - at_first for relay, at_first in zip(chain, before)]
            assert max(grown) < 48, f"the relays grew by {grown} MiB"


def flood(people, first=True):
    """Whole messages of 10 KB without end to a reader who stops: their sender is stopped or told 413, and nobody else notices."""
    with people("") as (alice, bob, carol, dave):
        exchange(alice, bob)
        if first:  # before the flood
            exchange(carol, dave)
        frames = [alice.message(bob.path(), BLOCK[:10_000], [("Failure-Report", "no")]) for _ in range(3000)]
        alice.socket.settimeout(120)
        writer = threading.Thread(target=lambda: alice.write(b"".join(frame.encode() for frame in frames)))
        writer.start()
        select.select([alice.socket], [], [], 2.0)  # until it is stopped; failures are not told, so nothing comes
        for _ in range(20):
            exchange(carol, dave)
            exchange(dave, carol)
        bob.socket.settimeout(e2e.PATIENCE + 20)
        ids = [frame.get("Message-ID") for frame in frames]
        at = -1
        while at < len(ids) - 1:  # in order, each whole; what was refused on the way is missing
            got = bob.read()
            assert got.body == BLOCK[:10_000] and got.flag == "$", got
            at = ids.index(got.get("Message-ID"), at + 1)
            if at == len(ids) - 1 or not writer.is_alive() and bob.silent():
                break
        writer.join()
        exchange(alice, bob)


def last_resort(chunk=64 << 20):
    """The sender is told 413 by REPORT or response, its reader sees # or nothing, and no other session notices."""
    with two_relays("") as (alice, bob, carol, dave):
        exchange(alice, bob)
        exchange(carol, dave)
        frames = []
        for at in range(0, 64 * MIB, chunk):
            frames.append(alice.message(bob.path(), b"", message_id="endless", byte_range=f"{at + 1}-*/*", flag="$" if at + chunk == 64 * MIB else "+"))

        def write():
            for frame in frames:
                alice.write(frame.encode().split(b"\r\n\r\n")[0] + b"\r\n\r\n")
                for at in range(0, chunk, len(BLOCK)):
                    alice.write(BLOCK[:chunk - at])
                alice.write(f"\r\n-------{frame.tid}{frame.flag}\r\n".encode())
        alice.socket.settimeout(e2e.PATIENCE + 20)
        writer = threading.Thread(target=write)
        writer.start()
        told = alice.read()
        while told.code == 200:
            told = alice.read()
        code = told.code or int(told.get("Status").split(" ")[1])
        assert code == 413 and told.to_path == [alice.uri], told
        for _ in range(10):
            exchange(carol, dave)
            exchange(dave, carol)
        writer.join()  # the rest is taken and dropped
        fence = alice.send(alice.message(f"{alice.use_path.split(' ')[0]} {alice.uri}", None))
        while (answer := alice.read()).tid != fence.tid:
            pass
        over = dave.send(dave.message(bob.path(), b"over"))
        flags = []
        while (got := bob.read()).get("Message-ID") == "endless":
            flags.append(got.flag)
        assert got.get("Message-ID") == over.get("Message-ID"), got
        assert "$" not in flags and "#" not in flags[:-1] and flags[-1:] in ([], ["#"]), flags  # nothing at all, when none of it had left yet
        assert dave.read().tid == over.tid
        exchange(dave, carol)


MIB = 1 << 20
SMALL = '[limits]\nsession_buffer = "64KiB"\nlink_output = "64KiB"\n'
CASES = {
    "one relay, one chunk of 256 MiB (R-140, R-142, R-139)": (one_relay, 256 * MIB, None),
    "one relay, chunks of 8 KiB, small buffers (R-140, R-142)": (one_relay, 32 * MIB, 8192, SMALL),
    "two relays, one chunk of 64 MiB (R-140, R-142)": (two_relays, 64 * MIB, None),
    "two relays, chunks of 8 KiB (R-140, R-142)": (two_relays, 64 * MIB, 8192),
    "two relays, chunks of 1 MiB, small buffers (R-140, R-142)": (two_relays, 64 * MIB, MIB, SMALL),
}

if __name__ == "__main__":
    size, rate, stop = (1024, 64, 60) if os.environ.get("E2E_LONG") else (64, 32, 3)
    tap.run([(f"a flood of whole messages stops for its own reader alone: {name} (R-140, R-142)", lambda people=people: flood(people))
             for name, people in (("one relay", one_relay), ("two relays", two_relays))]
            + [("a flood of whole messages over a link that others use later stops for its own reader alone (R-142)", lambda: flood(two_relays, False))]
            + [("one chunk of a size that nobody told, to a reader that stops behind a shared link: 413, no end (R-092, R-117, R-142)", last_resort)]
            + [(f"through three relays, the last leg slow, its reader deaf for {stop} s: {size} MiB arrive, others talk, memory is bounded (R-140, R-142)",
                lambda: slow_last_leg(size * MIB, rate * MIB, stop))]
            + [(f"a reader that stops slows its sender alone, and loses nothing: {name}", lambda row=row: slow_reader(*row)) for name, row in CASES.items()])

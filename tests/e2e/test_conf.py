#!/usr/bin/env python3
"""The examples in conf/: each passes --check as it stands, and each of their rules holds for a frame on the wire and does what it says."""

import contextlib
import re
import shutil
import subprocess
import tempfile

from msrp import Closed, Frame
from relay import HOST, PROGRAM, ROOT, Peer, Relay, free_port, tap
from tls import certificates


def test_check():
    """each file passes --check; faults come only from what it must be given: the users file, the addresses of a host"""
    files = sorted((ROOT / "conf").glob("*.toml"))
    assert len(files) >= 6
    with tempfile.TemporaryDirectory(prefix="msrp-relay-conf-") as folder:
        for file in files:
            shutil.copy(file, folder)
            for users in ("users.htdigest", "kamailio-example.htdigest"):
                shutil.copy(ROOT / "conf" / users, folder)
            copy = f"{folder}/{file.name}"
            if file.name == "msrp-relay.toml":  # the one to install names the place where users will be
                with open(copy, encoding="utf-8") as read:
                    text = read.read().replace("/etc/msrp-relay/users.htdigest", "users.htdigest")
                    text = text.replace("/etc/msrp-relay/tls", str(certificates()))
                with open(copy, "w", encoding="utf-8") as written:
                    written.write(text)
            done = subprocess.run([PROGRAM, "--config", copy, "--check"], capture_output=True, text=True, check=False)
            assert done.returncode == 0, f"{file.name}: {done.stdout}{done.stderr}"


def rules(file, **changes):
    text = (ROOT / "conf" / file).read_text(encoding="utf-8")
    text = text[text.index("[[rule]]"):]
    for old, new in changes.values():
        assert old in text, old
        text = text.replace(old, new)
    return text


@contextlib.contextmanager
def all_hold(relay):
    """At the end every rule of the file has held at least once."""
    with relay:
        with contextlib.closing(relay.client("alice")) as alice, contextlib.closing(relay.client("bob")) as bob:
            yield alice, bob
        relay.ask_counters()
        names = re.findall(r'^name\s*= "(.*)"$', relay.config.read_text(encoding="utf-8").split("[[rule]]", 1)[1], re.M)
        for name in names:
            line = relay.wait_for(f'name="{name}"' if " " in name else f"name={name}")
            assert int(re.search(r"held=(\d+)", line)[1]) > 0, line


def refused(sender, message, start):
    sender.send(message)
    answer = sender.read()
    assert answer.tid == message.tid and answer.start == start, answer


def passed(sender, reader, message):
    sender.send(message)
    got = reader.read()
    assert got.body == message.body, got
    answer = sender.read()
    assert answer.code == 200, answer
    return got


def test_client_relay():
    """conf/client-relay.toml: rates of AUTH and SEND, blocked users, sizes, unknown methods"""
    relay = Relay(more=rules("client-relay.toml", user=('"trudy"', '"dave"'), rate=("200/s", "1/h")))
    with all_hold(relay) as (alice, bob):
        passed(alice, bob, alice.message(bob.path(), b"hello"))
        refused(bob, bob.message(alice.path(), b"x", byte_range="1-1/20000000", flag="+"), "200 OK")
        assert alice.read().body == b"x"
        refused(alice, alice.message(bob.path(), b"once too often"), "403 Slow Down")
        with contextlib.closing(relay.client("carol")) as carol:
            refused(carol, carol.message(bob.path(), b"x", byte_range="1-1/200000000"), "413 At Most 100 MiB")
        refused(alice, alice.message(bob.path(), None, method="DANCE"), "501 Method Not Known Here")
        with contextlib.closing(relay.client("dave")) as dave:
            refused(dave, dave.message(bob.path(), b"psst"), "403 Blocked")
        with contextlib.closing(relay.stranger("guess")) as guess:
            try:
                guess.write(b"".join(Frame("AUTH", relay.uri, guess.uri).encode() for _ in range(40)))
            except Closed:
                pass
            assert guess.closed()


def test_between_networks():
    """conf/between-networks.toml: strangers, AUTH and unknown sessions on the trunk, headers at the border, the way to the partner"""
    trunk = free_port()
    with Peer("partner") as partner:
        hop = f"msrp://127.0.0.1:{partner.port};tcp"
        text = rules("between-networks.toml", net=("198.51.100.0/24", "127.0.0.2/32"), hop=("msrp://198.51.100.10:2855;tcp", hop),
                     local=("203.0.113.1", "127.0.0.1"))
        relay = Relay(more=f'[[listen]]\nname = "trunk"\nuri = "msrp://127.0.0.1:{trunk}"\n' + text)
        with all_hold(relay) as (alice, bob):
            with contextlib.closing(relay.client("stranger", port=trunk, auth=False)) as stranger:
                stranger.send(Frame("SEND", bob.path(), stranger.uri, [("Message-ID", "m1")]))
                assert stranger.closed() and not stranger.buffer
            with contextlib.closing(relay.client("friend", port=trunk, auth=False, source="127.0.0.2")) as friend:
                assert friend.ask_auth().start == "403 Not On This Side"
                message = Frame("SEND", f"msrp://{HOST}:{relay.port}/nosuchsession;tcp {bob.uri}", friend.uri, [("Message-ID", "m2")])
                refused(friend, message, "481 No Such Session")
                friend.use_path = ""
                message = Frame("SEND", bob.path(), friend.uri, [("Message-ID", "m3"), ("Byte-Range", "1-2/2"), ("X-Internal", "yes"),
                                                                 ("X-Origin", "a lie"), ("Content-Type", "text/plain")], b"hi")
                got = passed(friend, bob, message)
                assert got.all("X-Origin") == ["trunk 127.0.0.2"] and got.get("X-Internal") is None, got
            message = alice.message("msrp://carol.partner.example:2855/c;tcp", b"to you", [("X-Internal", "yes")])
            alice.send(message)
            with contextlib.closing(partner.accept()) as carol:
                got = carol.read()
                assert got.body == b"to you" and got.get("X-Internal") is None, got
                assert got.to_path == ["msrp://carol.partner.example:2855/c;tcp"], got
                assert alice.read().code == 200


def test_filter():
    """conf/filter.toml: types, files and programs by network, sizes also where they are told wrongly"""
    with all_hold(Relay(more=rules("filter.toml", net=("192.0.2.0/24", "127.0.0.9/32"), size=("1GiB", "64KiB")))) as (alice, bob):
        passed(alice, bob, alice.message(bob.path(), b"hello"))
        refused(alice, alice.message(bob.path(), b"x", content_type="application/pdf"), "415 Type application/pdf Not Allowed")
        refused(alice, alice.message(bob.path(), b"x", content_type="application/octet-stream"), "403 No Files From 127.0.0.1")
        refused(alice, alice.message(bob.path(), b"#!/bin/sh"), "415 No Programs")
        passed(alice, bob, alice.message(bob.path(), b"a#!"))
        refused(alice, alice.message(bob.path(), b"x", byte_range="1-1/20000000", content_type="image/png"), "413 Pictures Of At Most 10 MiB")
        refused(alice, alice.message(bob.path(), b"x", byte_range="1-1/70000"), "413 At Most 1 GiB")
        liar = alice.message(bob.path(), b"x" * 70_000, byte_range="1-*/*")
        alice.write(liar.encode()[:10_000])
        bob.fill()  # it is on its way
        alice.write(liar.encode()[10_000:])
        assert alice.read().start == "413 At Most 1 GiB"
        assert bob.read_message()[2] == "#"


if __name__ == "__main__":
    tap.run(tap.functions(globals()))

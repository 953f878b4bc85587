#!/usr/bin/env python3
"""Rules in the daemon: read again on SIGHUP, counted, logged; sizes and bodies judged on real sockets."""

import contextlib

from relay import Relay, tap

REFUSE = '''
[[rule]]
name   = "no poems"
when   = { method = "SEND", msrp.body = { match = "rose" } }
action = "reply"
reply  = { code = 415, reason = "No Poems, ${user}" }
count  = "poems"
log    = { text = "a poem from ${user}", level = "warning" }
'''
LIMIT = '''
[[rule]]
name   = "small files"
when   = { method = "SEND", size = { gt = "64KiB" } }
action = "reply"
reply  = { code = 413, reason = "At Most 64 KiB" }
'''


def pair(relay):
    stack = contextlib.ExitStack()
    return stack, *(stack.enter_context(contextlib.closing(relay.client(name))) for name in ("alice", "bob"))


def told(client, message):
    client.send(message)
    return client.read()


def write_rules(relay, text):
    head = relay.config.read_text(encoding="utf-8").split("[[rule]]", 1)[0]
    relay.config.write_text(head + text, encoding="utf-8")


def test_refused():
    """a body that a rule does not want is refused with the rule's words, counted and logged; others pass"""
    with Relay(more=REFUSE) as relay:
        stack, alice, bob = pair(relay)
        with stack:
            answer = told(alice, alice.message(bob.path(), b"a rose is a rose"))
            assert answer.start == "415 No Poems, alice", answer
            assert "a poem from alice" in relay.wait_for("no poems")
            assert told(alice, alice.message(bob.path(), b"a tulip")).code == 200
            assert bob.read().body == b"a tulip"
            relay.ask_counters()
            assert "held=1" in relay.wait_for('name="no poems"')
            assert "count=1" in relay.wait_for("event=counter")


def test_read_again():
    """SIGHUP brings new rules, at once for all; a faulty file leaves the old ones in force and says where the fault is"""
    with Relay(more="# rules follow\n") as relay:
        stack, alice, bob = pair(relay)
        with stack:
            assert told(alice, alice.message(bob.path(), b"a rose")).code == 200
            assert bob.read().body == b"a rose"
            write_rules(relay, REFUSE)
            relay.hang_up()
            relay.wait_for('event="read again" rules=1')
            assert told(alice, alice.message(bob.path(), b"a rose")).code == 415
            write_rules(relay, REFUSE.replace("msrp.body", "msrp.bdy"))
            relay.hang_up()
            line = relay.wait_for("msrp.bdy")
            assert "msrp.body" in line, line  # the nearest right name
            relay.wait_for("the old rules stay")
            assert told(alice, alice.message(bob.path(), b"a rose")).code == 415
            write_rules(relay, "")
            relay.hang_up()
            relay.wait_for('event="read again" rules=0')
            assert told(alice, alice.message(bob.path(), b"a rose again")).code == 200
            assert bob.read().body == b"a rose again"


def test_size():
    """a file of a size that nobody told is refused where it crosses the rule's: 413 in mid-chunk, # to its reader"""
    with Relay(more=LIMIT) as relay:
        stack, alice, bob = pair(relay)
        with stack:
            message = alice.message(bob.path(), b"x" * 300_000, byte_range="1-*/*", flag="+")
            octets = message.encode()
            alice.write(octets[:40_000])
            bob.fill()  # it is on its way
            alice.write(octets[40_000:200_000])
            answer = alice.read()
            assert answer.start == "413 At Most 64 KiB", answer
            flags = []
            while not flags or flags[-1] == "+":
                flags.append(bob.read().flag)
            assert flags[-1] == "#", flags
            alice.write(octets[200_000:])
            assert told(alice, alice.message(bob.path(), b"small")).code == 200
            assert bob.read().body == b"small"


if __name__ == "__main__":
    tap.run(tap.functions(globals()))

#!/usr/bin/env python3
"""msrp-blaster against the relay, both as they ship: many pairs, chunks, a file, a chain of two relays, and its exit status."""

import contextlib
import hashlib
import json
import os
import pathlib
import subprocess
import tempfile

import relay as e2e
from relay import HOST, PROGRAM, Relay, Shared, tap

BLASTER = os.environ.get("MSRP_BLASTER", str(pathlib.Path(PROGRAM).with_name("msrp-blaster")))
NAMES = f'[dns]\nhosts = {{ "{HOST}" = "127.0.0.1" }}'
shared = Shared(more=NAMES)


def blast(*words, relay=None, user="alice", password="alice-pw"):
    """Runs the blaster with --json: (exit status, the object, all output)."""
    relay = relay or shared()
    command = [BLASTER, "--relay", f"127.0.0.1:{relay.port}", "--relay-uri", relay.uri, "--user", user, "--password", password, "--json", "--quiet", *words]
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, timeout=150, stdin=subprocess.DEVNULL)
    lines = [line for line in done.stdout.split("\n") if line.startswith("{")]
    return done.returncode, json.loads(lines[-1]) if lines else None, done.stdout + done.stderr


def good(*words, **more):
    status, told, output = blast(*words, **more)
    assert status == 0 and told and told["good"], output
    assert not any(told["errors"].values()), told
    messages = told["messages"]
    assert messages["sent"] == messages["delivered"] == messages["done"] > 0, told
    return told


def test_help():
    """--help fits a screen and gives examples; wrong usage is exit status 2"""
    done = subprocess.run([BLASTER, "--help"], capture_output=True, text=True)
    lines = done.stdout.split("\n")
    assert done.returncode == 0 and len(lines) <= 45 and max(map(len, lines)) <= 140 and "examples" in done.stdout, done.stdout
    assert subprocess.run([BLASTER, "--pairs", "0"], capture_output=True).returncode == 2


def test_small_messages():
    """20 pairs, 5,000 messages of 64 octets, window 16: all whole, all answered"""
    told = good("--pairs", 20, "--messages", 5000)
    assert told["messages"]["sent"] == 5000 and told["latency_us"]["p50"] > 0, told


def test_window_one():
    """one message under way at a time"""
    good("--pairs", 3, "--window", 1, "--messages", 300)


def test_chunks():
    """messages of 1 MiB in chunks of 64 KiB, and whole"""
    good("--pairs", 4, "--window", 2, "--messages", 16, "--size", "1MiB", "--chunk", "64KiB")
    good("--pairs", 4, "--window", 2, "--messages", 16, "--size", "1MiB")


def test_odd_sizes():
    """sizes around what the rules name: 0, 1, 2047, 2048, 2049"""
    for size in (0, 1, 2047, 2048, 2049):
        good("--pairs", 2, "--messages", 50, "--size", size)


def test_reports():
    """success reports come back; without failure reports no answer is waited for"""
    told = good("--pairs", 4, "--messages", 200, "--success-report")
    assert told["success_reports"] == 200, told
    good("--pairs", 4, "--messages", 200, "--failure-report", "no")
    good("--pairs", 4, "--messages", 200, "--failure-report", "partial")


def test_cores():
    """two threads of the blaster, 100 pairs"""
    good("--pairs", 100, "--cores", 2, "--messages", 4000)


def test_file():
    """a file arrives with the same SHA-256"""
    with tempfile.NamedTemporaryFile() as file:
        content = os.urandom(5_000_001)
        file.write(content)
        file.flush()
        told = good("--file", file.name, "--chunk", "256KiB")
        assert told["sha256"]["sent"] == told["sha256"]["received"] == hashlib.sha256(content).hexdigest(), told


def test_sender_without_relay():
    """a sender without a relay sends straight to its peer's"""
    good("--pairs", 3, "--messages", 100, "--no-sender-auth")


def test_chain():
    """two relays of ours in a chain, each party at its own"""
    with Relay(more=NAMES) as far:
        good("--peer-relay", f"127.0.0.1:{far.port}", "--peer-relay-uri", far.uri, "--peer-user", "bob", "--peer-password", "bob-pw",
             "--pairs", 5, "--messages", 500)


def test_wrong_password():
    """a wrong password is told, exit status 1"""
    status, _, output = blast("--messages", 1, password="wrong")
    assert status == 1, output


def test_no_relay():
    """no relay there: told, exit status 1"""
    done = subprocess.run([BLASTER, "--relay", f"127.0.0.1:{e2e.free_port()}", "--user", "a", "--password", "b", "--messages", "1", "--quiet"],
                          capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL)
    assert done.returncode == 1 and done.stdout + done.stderr, done


def test_relay_dies():
    """the relay dies under it: told, exit status 1, at once"""
    relay = Relay()
    with contextlib.closing(relay.client("alice")):
        command = [BLASTER, "--relay", f"127.0.0.1:{relay.port}", "--relay-uri", relay.uri, "--user", "alice", "--password", "alice-pw", "--quiet",
                   "--json", "--duration", "1m", "--pid", str(relay.process.pid)]
        blaster = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, text=True)
        bob = relay.client("bob")
        for _ in range(50):
            bob.auth()
        relay.kill()
        output = blaster.communicate(timeout=50)[0]
        assert blaster.returncode == 1 and output, output


def test_stops():
    shared.stops()


test_stops.__doc__ = Shared.stops.__doc__
if __name__ == "__main__":
    tap.run(tap.functions(globals()))

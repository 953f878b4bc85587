#!/usr/bin/env python3
"""SIP on the MSRP port, spoken by Debian's sipp: told apart by the first line, answered by a rule, counted by Content-Length."""

import contextlib
import pathlib
import shutil
import subprocess
import tempfile

from relay import ROOT, Relay, Shared, tap

SIPP = shutil.which("sipp") or "sipp"
REFUSE = '[[rule]]\nname = "no SIP"\nwhen = { protocol = "sip" }\naction = "reply"\nreply = { code = 403, reason = "No SIP Here" }\n'
shared = Shared(listen='protocols = ["msrp", "sip"]', more=REFUSE)


def sipp(relay, scenario, calls, transport="t1"):
    """Runs one of the scenarios beside this file: so many calls, t1: on one connection, tn: a connection each. (exit status, output)"""
    with tempfile.TemporaryDirectory(prefix="msrp-relay-sipp-") as folder:
        done = subprocess.run(
            [SIPP, f"127.0.0.1:{relay.port}", "-sf", ROOT / "tests/e2e/sipp" / scenario, "-t", transport, "-max_socket", "100", "-i", "127.0.0.1",
             "-m", str(calls), "-r", "200", "-nostdin", "-timeout", "20s", "-timeout_error", "-recv_timeout", "8000", "-trace_err", "-error_file",
             pathlib.Path(folder, "errors")], cwd=folder, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False)
        errors = pathlib.Path(folder, "errors")
        return done.returncode, done.stdout[-1500:] + done.stderr[-500:] + (errors.read_text(encoding="utf-8")[:1500] if errors.exists() else "")


def served(scenario, calls, transport):
    status, output = sipp(shared(), scenario, calls, transport)
    assert status == 0, f"sipp ended with {status}:\n{output}"


def test_options():
    """OPTIONS: 403 in the rule's words, with Via, From, Call-ID and CSeq as they came and a tag on To; 100 on one connection"""
    served("options.xml", 100, "t1")


def test_connections():
    """the same, each on a connection of its own"""
    served("options.xml", 50, "tn")


def test_bodies():
    """INVITE with a body, ACK, MESSAGE behind it: bodies are skipped by Content-Length, an ACK is not answered"""
    served("invite.xml", 50, "t1")


def test_beside_msrp():
    """MSRP on the same port goes on beside it, and on a link that has spoken MSRP SIP is no more welcome than anything else"""
    with contextlib.closing(shared().client("alice")) as alice, contextlib.closing(shared().client("bob")) as bob:
        served("options.xml", 20, "t1")
        alice.send(alice.message(bob.path(), b"beside SIP"))
        assert bob.read().body == b"beside SIP" and alice.read().code == 200
        alice.write(b"OPTIONS sip:relay.example.org SIP/2.0\r\n\r\n")
        assert alice.closed()
        assert bob.ask_auth().code == 401


def test_listener_without_sip():
    """a listener that does not admit SIP closes the connection without a word"""
    with Relay() as relay:
        with contextlib.closing(relay.link()) as link:
            link.write(b"OPTIONS sip:relay.example.org SIP/2.0\r\nCSeq: 1 OPTIONS\r\n\r\n")
            assert link.closed() and not link.buffer
        relay.alive()


def test_stops():
    shared.stops()


test_stops.__doc__ = Shared.stops.__doc__
if __name__ == "__main__":
    tap.run(tap.functions(globals()))

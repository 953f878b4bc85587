#!/usr/bin/env python3
"""msrp-blaster conform, the black-box suite, against this relay with short timers: a line for each of its cases, policy cases too; and its options."""

import json
import os
import pathlib
import subprocess

import relay as e2e
from relay import PROGRAM, REALM, Relay, tap

BLASTER = os.environ.get("MSRP_BLASTER", str(pathlib.Path(PROGRAM).with_name("msrp-blaster")))
TIMER = float(os.environ.get("CONFORM_TIMER", "3"))
SHORT = f"""[timers]
transaction = "{round(TIMER * 1000)}ms"
first_request = "{round(TIMER * 1000)}ms"

[session]
expires_min = "1s"
"""


def conform(*words):
    """(exit status, standard output, standard error)"""
    done = subprocess.run([BLASTER, "conform", *(str(word) for word in words)], capture_output=True, text=True, timeout=600, stdin=subprocess.DEVNULL)
    return done.returncode, done.stdout, done.stderr


def against(relay, *words):
    return conform("--relay", f"127.0.0.1:{relay.port}", "--relay-uri", relay.uri, "--realm", REALM, "--user", "alice", "--password", "alice-pw",
                   "--second-user", "bob", "--second-password", "bob-pw", "--timer", TIMER, "--patience", e2e.PATIENCE, *words)


def whole_suite():
    """One run of everything; what it told, as an object."""
    with Relay(more=SHORT) as relay:
        _, output, errors = against(relay, "--json")
        assert output.startswith("{"), output + errors
        relay.alive()
        return json.loads(output)


def judge(case):
    def run():
        if case["result"] == "skip":
            raise tap.Skip(case["reason"])
        assert case["result"] == "pass", f"expected {case['expected']}, saw {case['seen']}"
    return run


def test_help():
    """conform --help teaches, fits a screen and is good; no arguments and unknown ones are wrong usage"""
    status, output, _ = conform("--help")
    assert status == 0 and "--relay" in output and "examples" in output and len(output.splitlines()) <= 40, output
    assert conform()[0] == 2
    status, _, errors = conform("--relays", "x")
    assert status == 2 and "--help" in errors, errors


def test_unreachable():
    """conform: no relay there is exit status 2, and says so"""
    status, _, errors = conform("--relay", f"127.0.0.1:{e2e.free_port()}", "--user", "a", "--password", "b", "--patience", 1)
    assert status == 2 and "no connection" in errors, errors


def test_list():
    """conform --list shows every case once, with its place in an RFC"""
    status, output, _ = conform("--list")
    ids = [line.split()[0] for line in output.splitlines()]
    assert status == 0 and len(ids) >= 250 and len(set(ids)) == len(ids), len(ids)
    assert any(line.startswith("R-105.") and "RFC 4976 6.4.1" in line for line in output.splitlines()), output[:1000]


def test_only():
    """conform --only takes patterns of ids, requirements, sections and titles"""
    for pattern, wanted in (("R-016", "R-016.2"), ("R-016.2", "R-016.2"), ("R-18*", "R-188.1"), ("Expires", "R-188.1"), ("minted", "R-016.2")):
        status, output, _ = conform("--list", "--only", pattern)
        ids = [line.split()[0] for line in output.splitlines()]
        assert status == 0 and wanted in ids and "R-105.1" not in ids, (pattern, output)
    assert conform("--list", "--only", "no such case")[0] == 2


def test_no_auth():
    """conform: where AUTH over TCP is refused, what needs it is skipped with the reason"""
    with Relay(plaintext_auth=False, more=SHORT) as relay:
        status, output, _ = against(relay, "--json", "--only", "R-046")
        told = json.loads(output)
        assert status == 0 and told["summary"]["skip"] == told["summary"]["cases"] > 0, told
        assert "403" in told["cases"][0]["reason"], told["cases"][0]


def test_wrong_password():
    """conform with a wrong password says so in every skipped case"""
    with Relay(more=SHORT) as relay:
        status, output, _ = conform("--relay", f"127.0.0.1:{relay.port}", "--relay-uri", relay.uri, "--user", "alice", "--password", "wrong",
                                    "--json", "--only", "R-046", "--patience", 2)
        told = json.loads(output)
        assert status == 0 and all("alice" in case["reason"] for case in told["cases"]), told


if __name__ == "__main__":
    suite = whole_suite()
    tap.run(tap.functions(globals()) + [(f"{case['id']} {case['title']}", judge(case)) for case in suite["cases"]])

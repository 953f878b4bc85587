#!/usr/bin/env python3
"""msrp-blaster over TLS: it carries what it carries over TCP, believes nobody whom it need not, and the conformance suite runs the same."""

import hashlib
import json
import os
import pathlib
import subprocess
import tempfile

import relay as e2e
from relay import HOST, PROGRAM, REALM, tap
from test_conform import SHORT, TIMER, conform, judge
from tls import TlsRelay, certificates

BLASTER = os.environ.get("MSRP_BLASTER", str(pathlib.Path(PROGRAM).with_name("msrp-blaster")))
NAMES = f'[dns]\nhosts = {{ "{HOST}" = "127.0.0.1" }}'


class Shared:
    relay = None

    def __call__(self):
        if not self.relay:
            self.relay = TlsRelay(more=NAMES)
        return self.relay


shared = Shared()


def secure_uri(relay):
    return f"msrps://{HOST}:{relay.secure_port};tcp"


def blast(*words, relay=None, trust=True, uri=True):
    """(exit status, the object of --json, all output)"""
    relay = relay or shared()
    command = [BLASTER, "--relay", f"127.0.0.1:{relay.secure_port}", "--user", "alice", "--password", "alice-pw", "--json", "--quiet"]
    command += ["--relay-uri", secure_uri(relay)] if uri else []
    command += ["--ca-file", certificates() / "ca.pem"] if trust else []
    done = subprocess.run([str(word) for word in command + list(words)], capture_output=True, text=True, timeout=150, stdin=subprocess.DEVNULL)
    lines = [line for line in done.stdout.split("\n") if line.startswith("{")]
    return done.returncode, json.loads(lines[-1]) if lines else None, done.stdout + done.stderr


def good(*words, **more):
    status, told, output = blast(*words, **more)
    assert status == 0 and told and told["good"] and not any(told["errors"].values()), output
    messages = told["messages"]
    assert messages["sent"] == messages["delivered"] == messages["done"] > 0 and told["scenario"]["tls"], told
    return told


def refused(reason, *words, **more):
    status, _, output = blast("--messages", 1, *words, **more)
    assert status in (1, 2) and reason in output, (status, output)


def test_small_messages():
    """msrp-blaster: 5,000 small messages between 20 pairs over TLS, all whole, all answered"""
    assert good("--pairs", 20, "--messages", 5000)["messages"]["sent"] == 5000


def test_cores():
    """msrp-blaster: TLS on two threads"""
    good("--pairs", 8, "--messages", 400, "--cores", 2)


def test_churn():
    """msrp-blaster: idle sessions, churn and slow readers over TLS"""
    told = good("--pairs", 4, "--rate", "100/s", "--duration", "1s", "--idle-sessions", 5, "--session-churn", "50/s", "--auth-rate", "30/s",
                "--slow-readers", "25%")
    assert told["sessions_us"]["count"] > 5 and told["auths_us"]["count"] > 5 and told["slow_latency_us"]["count"] > 5, told


def test_large_messages():
    """msrp-blaster: messages of 1 MiB over TLS, in chunks and whole"""
    good("--pairs", 4, "--window", 2, "--messages", 16, "--size", "1MiB", "--chunk", "64KiB")
    good("--pairs", 4, "--window", 2, "--messages", 16, "--size", "1MiB")


def test_file():
    """msrp-blaster: a file over TLS arrives with the SHA-256 that it had"""
    with tempfile.NamedTemporaryFile() as file:
        octets = os.urandom(1 << 20) * 24
        file.write(octets)
        file.flush()
        told = good("--file", file.name)
        assert told["sha256"] == {"sent": hashlib.sha256(octets).hexdigest(), "received": hashlib.sha256(octets).hexdigest()}, told


def test_one_side():
    """msrp-blaster: one party over TLS, the other over TCP"""
    relay = shared()
    told = good("--peer-relay", f"127.0.0.1:{relay.port}", "--peer-relay-uri", relay.uri, "--messages", 200)
    assert told["scenario"]["route"].count("(TLS)") == 1, told


def test_chain():
    """msrp-blaster: TLS all the way, through two relays that know each other by certificate"""
    trusted = f'relays = ["{HOST}"]'
    with TlsRelay(more=NAMES, tls=trusted) as near, TlsRelay(more=NAMES, tls=trusted) as far:
        good("--peer-relay", f"127.0.0.1:{far.secure_port}", "--peer-relay-uri", secure_uri(far), "--pairs", 5, "--messages", 500, relay=near)


def test_untrusted():
    """msrp-blaster: a relay whose certificate nobody vouches for is not spoken to, unless --insecure, which is said"""
    trusts_somebody = any(pathlib.Path(file).exists() for file in ("/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/cert.pem"))
    refused("nobody who is trusted has issued it" if trusts_somebody else "this system names nobody to be trusted", trust=False)
    refused("nobody who is trusted has issued it", "--ca-file", certificates("other") / "ca.pem", trust=False)
    status, told, output = blast("--messages", 10, "--insecure", trust=False)
    assert status == 0 and told["good"] and "whoever answers is believed" in output, output


def test_wrong_name():
    """msrp-blaster: a certificate for another name than the URI's"""
    refused("is not for other.example.org", "--relay-uri", f"msrps://other.example.org:{shared().secure_port};tcp", uri=False)


def test_not_tls():
    """msrp-blaster: TLS to a port that speaks none, and the other way round"""
    relay = shared()
    status, _, output = blast("--messages", 1, "--relay", f"127.0.0.1:{relay.port}", uri=False)
    assert status != 0, output
    command = [BLASTER, "--user", "alice", "--password", "alice-pw", "--quiet", "--messages", "1", "--relay"]
    done = subprocess.run([*command, f"127.0.0.1:{relay.secure_port}"], capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL)
    assert done.returncode == 1 and "TLS" in done.stderr, done
    done = subprocess.run([*command, f"127.0.0.1:{relay.port}", "--tls", "--insecure"], capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL)
    assert done.returncode == 1 and "TLS" in done.stderr, done


def test_files():
    """msrp-blaster: a CA file, certificate or key that is not there or no PEM is named"""
    folder = certificates()
    refused("/nowhere", "--ca-file", "/nowhere", trust=False)
    refused("cannot be read", "--ca-file", __file__, trust=False)
    refused("go together", "--certificate", folder / "relay.pem")
    refused("not that of the certificate", "--certificate", folder / "relay.pem", "--private-key", folder / "relay-rsa.key")
    good("--messages", 10, "--certificate", folder / "relay.pem", "--private-key", folder / "relay.key")


def whole_suite():
    """One run of the conformance suite over TLS; what it told, as an object."""
    with TlsRelay(more=SHORT) as relay:
        _, output, errors = conform("--relay", f"127.0.0.1:{relay.secure_port}", "--relay-uri", secure_uri(relay), "--ca-file", certificates() / "ca.pem",
                                    "--realm", REALM, "--user", "alice", "--password", "alice-pw", "--second-user", "bob", "--second-password", "bob-pw",
                                    "--timer", TIMER, "--patience", e2e.PATIENCE, "--json")
        assert output.startswith("{"), output + errors
        relay.alive()
        return json.loads(output)


if __name__ == "__main__":
    suite = whole_suite()
    tap.run(tap.functions(globals()) + [(f"over TLS: {case['id']} {case['title']}", judge(case)) for case in suite["cases"]])

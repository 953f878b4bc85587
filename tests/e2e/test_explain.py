#!/usr/bin/env python3
"""msrp-relay --explain: captured frames through the rules of a configuration."""

import json
import pathlib
import subprocess
import tempfile

from relay import PROGRAM, ROOT, tap

EXAMPLE = ROOT / "conf/kamailio-example.toml"
SEND = (b"MSRP 6aef12 SEND\r\nTo-Path: msrp://a.example.org:9000/kjfjan;tcp msrp://b.example.net:9000/aeiug;tcp\r\n"
        b"From-Path: msrp://alice.example.org:7965/bar;tcp\r\nByte-Range: 1-*/*\r\nMessage-ID: 87652\r\nContent-Type: text/plain\r\n\r\n"
        b"-------6aef12 is no end\r\n-------6aef1\r\nhello\r\n-------6aef12$\r\n")
OK = b"MSRP a786 200 OK\r\nTo-Path: msrp://a.example.org:9000/kjfjan;tcp\r\nFrom-Path: msrp://b.example.org:9000/x;tcp\r\n-------a786$\r\n"


def explain(octets, *words, config=EXAMPLE):
    """(exit status, output, errors)"""
    done = subprocess.run([PROGRAM, "--config", str(config), "--explain", "-", *words], input=octets, capture_output=True, timeout=60, check=False)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def test_example():
    """each branch of the example: which rules were tried, why they held or not, the verdict"""
    for words, verdict in (((), '=> relay, by "SEND to our client"'), (("--fact", "session=unknown"), '=> reply 481 No Such Session, by "no such session"')):
        status, output, errors = explain(SEND + OK, *words)
        assert status == 0 and not errors, errors
        first, second = output.split("\n\n")
        assert verdict in first and '- AUTH for us\n      method = "AUTH": it is "SEND"' in first, output
        assert second.startswith("frame 2: MSRP a786 200 OK") and '=> relay, by "responses go back"' in second, output


def test_json():
    """--json tells scripts the same"""
    status, output, _ = explain(SEND, "--json")
    told = json.loads(output)
    assert status == 0 and len(told) == 1 and told[0]["rule"] == "SEND to our client" and told[0]["octets"] == len(SEND), told
    assert [tried["holds"] for tried in told[0]["tried"]] == [False] * 5 + [True], told


def test_sip():
    """--sip shows the frame as the SIP message that Kamailio's script sees"""
    status, output, _ = explain(SEND, "--sip")
    assert status == 0 and output.startswith("MSRP sip:a@127.0.0.1 SIP/2.0\r\n") and "MSRP-First-Line: MSRP 6aef12 SEND\r\nTo-Path: " in output, output


def test_faults():
    """what is no frame, no fact, no value of one: told where, and what is right"""
    for octets, words, status, text in ((SEND[:-10], (), 1, "frame 1, at octet 0: its end-line is missing"),
                                        (SEND + b"GET / HTTP/1.1\r\n\r\n", (), 1, f"frame 2, at octet {len(SEND)}: no MSRP start line"),
                                        (SEND.replace(b"From-Path", b"From Path"), (), 1, "frame 1, at octet 0"),
                                        (SEND, ("--fact", "usr=alice"), 2, "did you mean user?"),
                                        (SEND, ("--fact", "method=AUTH"), 2, "is read from the frame itself"),
                                        (SEND, ("--fact", "source=nowhere"), 2, "is an address"),
                                        (SEND, ("--fact", "session=maybe"), 2, "known, unknown or none"),
                                        (SEND, ("--check",), 2, "excludes")):
        got, _, errors = explain(octets, *words)
        assert got == status and text in errors, (words, got, errors)


def test_facts():
    """facts that the frame does not say are taken from the command line"""
    status, output, _ = explain(SEND, "--fact", "source=[2001:db8::1]:4000", "--fact", "user=bob", "--fact", "hop=2", "--fact", "size=5000", "--fact",
                                "direction=to-client", "--fact", "transport=tls", "--json")
    assert status == 0 and json.loads(output)[0]["verdict"] == "relay", output


def test_tls_facts():
    """what TLS says of the other end can be supposed as well"""
    with tempfile.TemporaryDirectory(prefix="msrp-relay-explain-") as folder:
        config = pathlib.Path(folder, "relay.toml")
        (config.parent / "users").write_text("", encoding="utf-8")
        config.write_text('[relay]\nname = "relay.example.org"\n[[listen]]\nuri = "msrp://127.0.0.1:2855"\nplaintext_auth = true\n[users]\nfile = "users"\n'
                          '[[rule]]\nname = "trunk"\nwhen = { tls.version = "TLSv1.3", tls.cipher = { like = "TLS_AES_*" }, tls.peer = "far.example.net" }\n'
                          'action = "drop"\n', encoding="utf-8")
        facts = ("--fact", "tls.version=TLSv1.3", "--fact", "tls.cipher=TLS_AES_128_GCM_SHA256", "--fact")
        status, output, errors = explain(SEND, *facts, "tls.peer=far.example.net", config=config)
        assert status == 0 and '=> drop, by "trunk"' in output, output + errors
        status, output, _ = explain(SEND, *facts, "tls.peer=other.example.net", config=config)
        assert status == 0 and '"trunk"' not in output.split("=>")[1], output
        status, _, errors = explain(SEND, "--fact", "tls.version=1.3", config=config)
        assert status == 2 and "is TLSv1.2 or TLSv1.3" in errors, errors


def test_way():
    """a relayed request shows where it goes and what is changed on the way; one whose path ends here that it does not go on"""
    with tempfile.TemporaryDirectory(prefix="msrp-relay-explain-") as folder:
        config = pathlib.Path(folder, "relay.toml")
        (config.parent / "users").write_text("", encoding="utf-8")
        config.write_text('[relay]\nname = "relay.example.org"\n[[listen]]\nuri = "msrp://127.0.0.1:2855"\nplaintext_auth = true\n[users]\nfile = "users"\n'
                          '[[rule]]\nwhen = { user = "alice" }\naction = "continue"\nset = { X-Class = "gold ${msrp.msgid}" }\nremove = ["X-Internal"]\n'
                          '[[rule]]\nwhen = { user = "alice", size = { lt = 100 } }\naction = "relay"\n'
                          'relay = { next_hop = "msrp://192.0.2.10:8000;tcp", local = "192.0.2.1", link = "new", close = "after-response" }\n',
                          encoding="utf-8")
        status, output, errors = explain(SEND, "--fact", "user=alice", config=config)
        assert status == 0 and not errors, errors
        for line in ("header: set X-Class: gold 87652", "header: remove X-Internal", "next_hop: msrp://192.0.2.10:8000;tcp", "link: new", "local: 192.0.2.1",
                     "close: after-response"):
            assert f"\n  {line}\n" in output, output
        _, output, _ = explain(SEND + OK, "--json", config=config)
        told = json.loads(output)
        assert told[0]["way"] == {"next_hop": "msrp://b.example.net:9000/aeiug;tcp", "link": "reuse"} and told[0]["edits"] == [], told
        assert told[1]["way"] == {}, told
        _, output, _ = explain(SEND.replace(b" msrp://b.example.net:9000/aeiug;tcp", b""), "--fact", "user=alice", config=config)
        assert "next_hop: none: the path ends here" in output, output


if __name__ == "__main__":
    tap.run(tap.functions(globals()))

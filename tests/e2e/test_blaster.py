#!/usr/bin/env python3
"""msrp-blaster against the relay, both as they ship: many pairs, chunks, a file, a chain of two relays, and its exit status."""

import contextlib
import hashlib
import html.parser
import json
import os
import pathlib
import pty
import re
import signal
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


def line(relay, *words):
    return [BLASTER, "--relay", f"127.0.0.1:{relay.port}", "--relay-uri", relay.uri, "--user", "alice", "--password", "alice-pw", *map(str, words)]


def on_terminal(relay, *words, stdout):
    """Starts the blaster with a terminal as its standard error: (the other end of it, the process)."""
    leader, follower = pty.openpty()
    blaster = subprocess.Popen(line(relay, *words), stdout=stdout, stderr=follower, stdin=subprocess.DEVNULL)
    os.close(follower)
    return leader, blaster


def test_help():
    """--help fits a screen and gives examples; wrong usage is exit status 2"""
    done = subprocess.run([BLASTER, "--help"], capture_output=True, text=True)
    lines = done.stdout.split("\n")
    assert done.returncode == 0 and len(lines) <= 50 and max(map(len, lines)) <= 80 and "try " in done.stdout, done.stdout
    assert subprocess.run([BLASTER, "--pairs", "0"], capture_output=True).returncode == 2


def test_manual_page():
    """the manual page is without faults and names every option that --help names"""
    page = pathlib.Path(__file__).resolve().parents[2] / "docs/man/msrp-blaster.1"
    shown = subprocess.run(["man", "--warnings", "-l", page], capture_output=True, text=True, env={**os.environ, "MANWIDTH": "100", "MANPAGER": "cat"})
    assert shown.returncode == 0 and not shown.stderr and "SCENARIO FILES" in shown.stdout, shown.stderr
    options = set(re.findall(r"--([a-z0-9-]+)", subprocess.run([BLASTER, "--help"], capture_output=True, text=True).stdout)) - {"help"}
    text = page.read_text(encoding="utf-8")
    assert len(options) > 40 and not [name for name in options if f"Fl -{name}" not in text], options


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


def test_bodies():
    """bodies of end-lines of others, in chunks that name their last octet and in such that do not"""
    good("--pairs", 2, "--messages", 20, "--size", "1MiB", "--chunk", "100KiB", "--body", "end-lines")
    told = good("--pairs", 2, "--messages", 20, "--size", "1MiB", "--chunk", "100KiB", "--body", "end-lines", "--known-range")
    assert told["scenario"]["known_range"] is True, told["scenario"]
    assert subprocess.run([BLASTER, "--body", "hyphens"], capture_output=True).returncode == 2


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


def test_sizes():
    """sizes from a range and from a mix of kinds, in chunks and whole, all verified"""
    told = good("--pairs", 4, "--messages", 400, "--size", "0-5KiB")
    assert 400 * 1024 < told["octets"]["delivered"] < 400 * 4 * 1024, told
    good("--pairs", 4, "--messages", 200, "--mix", "chat=5,is-composing=3,file=1,2047-2049=3", "--chunk", "100KiB")


def test_report_mix():
    """a share of the messages asks for success reports, another for no failure reports"""
    told = good("--pairs", 4, "--messages", 2000, "--report-mix", "success=25%,no=30%,partial=20%")
    assert 400 < told["success_reports"] < 600, told


def test_open_loop():
    """an open loop sends what is due, counts latency from then, and says how much that was"""
    told = good("--pairs", 7, "--rate", "2000/s", "--ramp", "500ms", "--messages", 1500)
    assert told["messages"]["due"] >= 1500 and told["lag_us"]["count"] >= 1500 and told["scenario"]["rate"] == 2000, told


def test_no_coordinated_omission():
    """a relay that stops for a while makes the messages late that were due meanwhile, and not fewer"""
    with Relay(more=NAMES) as relay:
        words = ["--pairs", 4, "--rate", "1000/s", "--messages", 4000, "--window", 4000, "--json"]
        leader, blaster = on_terminal(relay, *words, stdout=subprocess.PIPE)
        seen = b""
        while b"frames/s" not in seen:  # it sends
            seen += os.read(leader, 65536)
        relay.process.send_signal(signal.SIGSTOP)
        with contextlib.suppress(subprocess.TimeoutExpired):
            blaster.wait(1)
        relay.process.send_signal(signal.SIGCONT)
        told = json.loads(blaster.communicate(timeout=60)[0])
        os.close(leader)
    # A thousand of the four were due while it stood still: nine of ten of them waited for a tenth of a second or longer.
    assert told["good"] and told["messages"]["done"] == 4000, told
    assert told["latency_us"]["p90"] > 100_000, told["latency_us"]


def test_churn():
    """idle sessions stay, sessions and links come and go, idle ones authenticate again: all counted"""
    told = good("--pairs", 3, "--rate", "200/s", "--duration", "2s", "--idle-sessions", 20, "--session-churn", "100/s", "--link-churn", "50/s",
                "--auth-rate", "100/s", "--cores", 2)
    assert told["sessions_us"]["count"] > 20 and told["links_us"]["count"] > 10 and told["auths_us"]["count"] > 20, told


def test_churn_fails():
    """churn that the relay refuses is counted, and why is told"""
    with Relay(more=NAMES + "\n[limits]\nsessions_per_user = 12", cores=1) as relay:
        status, told, output = blast("--pairs", 6, "--rate", "50/s", "--duration", "1s", "--session-churn", "20/s", relay=relay)
        assert status == 1 and told["errors"]["churn_failed"] > 0 and "403" in told["churn_failure"], output
        assert sum(told["errors"].values()) == told["errors"]["churn_failed"], told


def test_slow_readers():
    """slow readers read what they can and are told apart; all arrives"""
    told = good("--pairs", 4, "--messages", 40, "--size", "8KiB", "--window", 2, "--slow-readers", "25%", "--read-rate", "200KiB")
    assert told["slow_latency_us"]["count"] == 10 and told["latency_us"]["count"] == 30, told
    assert told["slow_latency_us"]["p50"] > told["latency_us"]["p50"], told


def test_scenario_file():
    """a scenario file does what the options do, options go before it, and its faults are told with their place"""
    with tempfile.NamedTemporaryFile("w", suffix=".toml") as file:
        file.write('pairs = 3\nwindow = 2\nmessages = 90\nmix = "chat,64"\n')
        file.flush()
        told = good("--scenario", file.name, "--window", 1)
        assert told["scenario"]["pairs"] == 3 and told["scenario"]["window"] == 1 and told["messages"]["sent"] == 90, told
        file.write('pais = 3\nrate = "fast"\n')
        file.flush()
        status, _, output = blast("--scenario", file.name)
        assert status == 2 and ":5:1: `pais`" in output and "did you mean `pairs`" in output and ":6:8: `rate`" in output, output
    status, _, output = blast("--widow", 3)
    assert status == 2 and "did you mean --window?" in output, output


def test_find_max():
    """--find-max ends with a rate that held, and a run at it"""
    status, told, output = blast("--pairs", 4, "--find-max", "--p99", "100ms", "--step", "200ms")
    assert status == 0 and told["good"], output
    found = told["find_max"]
    held = [one["rate"] for one in found["tries"] if one["held"]]
    assert found["rate"] == max(held) == told["run"]["scenario"]["rate"], told
    assert told["run"]["latency_us"]["p99"] <= found["bound_us"] == 100_000, told
    status, told, output = blast("--pairs", 4, "--find-max", "--p99", "1us", "--step", "50ms")
    assert status == 1 and not told["good"] and told["find_max"]["rate"] == 0, output


def test_reports_in_files():
    """the page is whole and needs nothing from elsewhere, the percentile log ends with all messages"""
    with tempfile.TemporaryDirectory() as folder:
        page, log = pathlib.Path(folder, "r.html"), pathlib.Path(folder, "r.hgrm")
        told = good("--pairs", 4, "--duration", "2s", "--html", page, "--hdr", log, "--pid", shared().process.pid)
        text = page.read_text(encoding="utf-8")
        assert "Passed." in text and text.count("<svg") == 6 and "Memory of the relay" in text, text
        assert "http" not in text and "src=" not in text and "<script" not in text, text
        pages = html.parser.HTMLParser()
        pages.feed(text)
        lines = log.read_text(encoding="utf-8").splitlines()
        rows = [line.split() for line in lines[2:] if not line.startswith("#")]
        assert lines[0].split() == ["Value", "Percentile", "TotalCount", "1/(1-Percentile)"], lines[0]
        assert float(rows[-1][1]) == 1 and int(rows[-1][2]) == told["latency_us"]["count"], rows[-1]
        assert [float(row[0]) for row in rows] == sorted(float(row[0]) for row in rows), rows
        assert len(told["timeline"]) >= 2 and told["timeline"][-1]["relay_memory"] > 0, told["timeline"]
        status, _, output = blast("--messages", 1, "--html", "/nonexistent/r.html")
        assert status == 1 and "/nonexistent/r.html" in output, output


def test_compare():
    """compare tells ratios and verdicts; worse is exit status 1"""
    def run(*words):
        return subprocess.run([BLASTER, "compare", *words], capture_output=True, text=True, stdin=subprocess.DEVNULL)
    with tempfile.TemporaryDirectory() as folder:
        a, b = pathlib.Path(folder, "a.json"), pathlib.Path(folder, "b.json")
        told = good("--pairs", 4, "--messages", 400)
        a.write_text(json.dumps(told), encoding="utf-8")
        told["frames"]["per_second"] *= 2
        told["errors"]["lost"] = 1
        told["scenario"]["pairs"] = 5
        b.write_text(json.dumps(told), encoding="utf-8")
        same = run(a, a)
        assert same.returncode == 0 and "worse" not in same.stdout and "better" not in same.stdout, same
        other = run(a, b, "--json")
        rows = {row["name"]: row for row in json.loads(other.stdout)["rows"]}
        assert other.returncode == 1 and rows["frames/s"]["verdict"] == "better" and rows["frames/s"]["ratio"] == 2, other
        assert rows["errors"]["verdict"] == "worse" and json.loads(other.stdout)["scenario_differs_in"] == ["pairs"], other
        b.write_text("no json", encoding="utf-8")
        assert run(a, b).returncode == run(a).returncode == run(a, "/nonexistent").returncode == 2


def test_screen():
    """a terminal gets a screen that is taken away at the end, a pipe gets lines, --quiet nothing"""
    leader, blaster = on_terminal(shared(), "--duration", "2s", stdout=subprocess.DEVNULL)
    seen = b""
    with contextlib.suppress(OSError):
        while part := os.read(leader, 65536):
            seen += part
    os.close(leader)
    assert blaster.wait(30) == 0 and b"progress" in seen and b"frames/s" in seen and seen.endswith(b"\x1b[J"), seen
    quiet = subprocess.run([*line(shared()), "--messages", "9", "--quiet"], capture_output=True, timeout=30, stdin=subprocess.DEVNULL)
    assert quiet.returncode == 0 and not quiet.stderr and b"\x1b" not in quiet.stdout, quiet


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

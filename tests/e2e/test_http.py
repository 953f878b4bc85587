#!/usr/bin/env python3
"""What operators and Prometheus see: metrics, health, the status page; promtool and a browser are the judges."""

import contextlib
import http.client
import json
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import tempfile

from relay import PROGRAM, Relay, free_port, tap


@contextlib.contextmanager
def watched_relay(**options):
    port = free_port()
    with Relay(more=f'[http]\nlisten = "127.0.0.1:{port}"\n', **options) as relay:
        yield relay, port


def get(port, path, method="GET"):
    """(status, type, body)"""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    with contextlib.closing(connection):
        connection.request(method, path)
        answer = connection.getresponse()
        return answer.status, answer.getheader("Content-Type"), answer.read().decode()


def metrics(port):
    status, _, body = get(port, "/metrics")
    assert status == 200, body
    return {line.rsplit(" ", 1)[0]: float(line.rsplit(" ", 1)[1]) for line in body.splitlines() if not line.startswith("#")}


@contextlib.contextmanager
def talk(relay, count=3):
    """Two clients, of whom alice has sent bob so many messages, all of them answered."""
    with contextlib.closing(relay.client("alice")) as alice, contextlib.closing(relay.client("bob")) as bob:
        for number in range(count):
            alice.send(alice.message(bob.path(), f"message {number}".encode()))
            bob.answer(bob.read())
            assert alice.read().code == 200
        assert bob.ask_auth().code == 401  # bob's answers have been read before it
        yield alice, bob


def test_counted():
    """what two clients do is in the metrics at once, by method, code and listener"""
    with watched_relay() as (relay, port):
        before = metrics(port)
        with contextlib.closing(relay.link()) as bad:
            bad.write(b"MSRP a786hjs2 SEND\r\nnothing\r\n-------a786hjs2$\r\n")
            assert bad.closed()
        with talk(relay):
            now = metrics(port)
        grown = {name: value - before.get(name, 0) for name, value in now.items()}
        assert grown['msrp_relay_frames_received_total{kind="SEND"}'] == 3, grown
        assert grown['msrp_relay_frames_received_total{kind="AUTH"}'] == 5, grown
        assert grown['msrp_relay_frames_received_total{kind="response"}'] == 3, grown
        assert grown['msrp_relay_auth_total{result="accepted"}'] == 2 and grown['msrp_relay_auth_total{result="challenged"}'] == 3
        assert grown['msrp_relay_responses_sent_total{code="200"}'] == 3 + 2 and grown['msrp_relay_responses_sent_total{code="401"}'] == 3
        assert grown['msrp_relay_responses_received_total{code="200"}'] == 3
        assert grown["msrp_relay_answer_seconds_count"] == 3 and grown["msrp_relay_malformed_total"] == 1
        assert now["msrp_relay_sessions"] == 2 and now["msrp_relay_links"] == 2
        listener = f'{{listener="msrp://127.0.0.1:{relay.port}"}}'
        assert now["msrp_relay_listener_links" + listener] == 2 and grown["msrp_relay_listener_frames_received_total" + listener] == 3 + 5 + 3
        assert now["msrp_relay_listener_received_bytes_total" + listener] == now["msrp_relay_received_bytes_total"]
        assert now["msrp_relay_listener_sent_bytes_total" + listener] == now["msrp_relay_sent_bytes_total"]


def test_promtool():
    """promtool finds nothing to complain of, and there are at most 400 series"""
    with watched_relay() as (_, port):
        _, kind, body = get(port, "/metrics")
        assert kind.startswith("text/plain; version=0.0.4"), kind
        judged = subprocess.run(["promtool", "check", "metrics"], input=body, capture_output=True, text=True, check=False)
        assert judged.returncode == 0 and not judged.stderr.strip(), judged.stdout + judged.stderr
        assert len(metrics(port)) <= 400, len(metrics(port))


def test_no_personal_data():
    """no user, session or address stands in what is shown"""
    with watched_relay() as (relay, port):
        with talk(relay) as (alice, _):
            session = re.search(r"/([^;/]+);", alice.use_path).group(1)
            for path in ("/metrics", "/info", "/status.json", "/healthz", "/readyz", "/"):
                _, _, body = get(port, path)
                assert session not in body and "alice" not in body and "message 0" not in body, (path, body)


def test_pages():
    """health, readiness and information; other paths and methods are refused"""
    with watched_relay() as (relay, port):
        assert get(port, "/healthz")[:1] == (200,) and get(port, "/readyz")[0] == 200
        info = json.loads(get(port, "/info")[2])
        assert info["program"] == "msrp-relay" and info["name"] == relay.name and info["cores"] == 2, info
        status, _, body = get(port, "/nonsense")
        assert status == 404 and "/metrics" in body
        assert get(port, "/metrics", "DELETE")[0] >= 400
        assert get(port, "/metrics", "HEAD")[2] == ""


def test_stalled_core():
    """a process that is stopped answers nothing; when it goes on, it is healthy again"""
    with watched_relay() as (relay, port):
        relay.process.send_signal(signal.SIGSTOP)
        with socket.create_connection(("127.0.0.1", port), timeout=30) as waiting:
            waiting.sendall(b"GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            relay.process.send_signal(signal.SIGCONT)
            assert waiting.makefile("rb").readline().startswith(b"HTTP/1.1 200 ")


def test_unix_socket():
    """a UNIX socket serves the same, is for the group alone, and goes with the relay"""
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder, "http.sock")
        with Relay(more=f'[http]\nlisten = "unix:{path}"\n'):
            assert path.stat().st_mode & 0o777 == 0o660
            done = subprocess.run(["curl", "-s", "--unix-socket", str(path), "http://relay/readyz"], capture_output=True, text=True, check=False)
            assert done.stdout == "ok\n", done
        assert not path.exists()


def test_taken_port():
    """a port that is taken is named, and the relay does not start"""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        try:
            Relay(more=f'[http]\nlisten = "127.0.0.1:{port}"\n')
        except AssertionError as failure:
            assert f"[http] listen: 127.0.0.1:{port}: Address already in use" in str(failure), failure
        else:
            raise AssertionError("it started")


def test_page_in_a_browser():
    """the status page draws itself in a browser, wide, narrow and in the dark; the pictures are kept"""
    browser = shutil.which("chromium")
    assert browser, "chromium is not there: tools/setup test"
    kept = pathlib.Path(PROGRAM).parent / "status-page"
    kept.mkdir(parents=True, exist_ok=True)
    with watched_relay() as (relay, port):
        with talk(relay):
            for name, size, more in (("wide", "1200,1600", []), ("narrow", "500,2400", []), ("dark", "1200,1600", ["--force-dark-mode"])):
                with tempfile.TemporaryDirectory() as profile:
                    words = [browser, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", f"--user-data-dir={profile}",
                             f"--window-size={size}", "--virtual-time-budget=3000", *more]
                    picture = kept / f"{name}.png"
                    picture.unlink(missing_ok=True)
                    subprocess.run([*words, f"--screenshot={picture}", f"http://127.0.0.1:{port}/"], capture_output=True, timeout=120, check=True)
                    assert picture.stat().st_size > 10_000, "an empty picture"
                    drawn = subprocess.run([*words, "--dump-dom", f"http://127.0.0.1:{port}/"], capture_output=True, text=True, timeout=120,
                                           check=True).stdout
                    assert f'<h1 id="name">{relay.name}</h1>' in drawn and ">ready<" in drawn, drawn[-3000:]
                    sessions = re.search(r"<h2>sessions</h2><div class=\"figure\">(\d+)<", drawn)
                    assert sessions and sessions.group(1) == "2", drawn[:6000]
                    assert f"msrp://127.0.0.1:{relay.port}" in drawn and "answer of the next hop" in drawn


if __name__ == "__main__":
    tap.run(tap.functions(globals()))

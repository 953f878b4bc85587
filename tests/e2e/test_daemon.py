#!/usr/bin/env python3
"""The daemon as an operator meets it: command line, faults of the configuration, SIGHUP, SIGTERM, a second daemon on the same port."""

import contextlib
import os
import pathlib
import re
import socket
import subprocess
import tempfile

import relay as e2e
from msrp import Closed
from relay import PROGRAM, ROOT, Relay, htdigest, tap


def command(*words, text=None):
    """Runs msrp-relay on a configuration file of that text: (exit status, both outputs)."""
    with tempfile.TemporaryDirectory() as folder:
        config = pathlib.Path(folder, "relay.toml")
        if text is not None:
            config.write_text(text, encoding="utf-8")
            words = [*words, "--config", str(config)]
        done = subprocess.run([PROGRAM, *words], capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL)
        return done.returncode, done.stdout + done.stderr


GOOD = """[relay]
name = "relay.example.org"

[[listen]]
uri = "msrp://127.0.0.1:{port}"
plaintext_auth = true

[users]
file = "{users}"
"""


@contextlib.contextmanager
def good_text():
    with tempfile.NamedTemporaryFile("w", suffix=".htdigest") as users:
        users.write(htdigest("alice", realm="relay.example.org"))
        users.flush()
        yield GOOD.format(port=e2e.free_port(), users=users.name)


def test_version():
    """--version says name and version, exit status 0"""
    status, output = command("--version")
    assert status == 0 and re.search(r"msrp-relay \d+\.\d+\.\d+", output), output


def test_wrong_usage():
    """an unknown option is wrong usage: exit status 2"""
    assert command("--no-such-option")[0] == 2


def test_check_good():
    """--check of a good file: exit status 0"""
    with good_text() as text:
        status, output = command("--check", text=text)
        assert status == 0, output


def test_missing_file():
    """a file that is not there is named, exit status 1"""
    status, output = command("--config", "/nonexistent/relay.toml")
    assert status == 1 and "/nonexistent/relay.toml" in output, output


FAULTY = """[relay]
name = "nodots"
realm = 7

[[listen]]
uri = "msrp://127.0.0.1:99999"
plaintxt_auth = true

[session]
expires = "30 parsecs"

[limits]
header_bytes = "-1KiB"

[colours]
sky = "blue"
"""


def all_faults(*words):
    status, output = command(*words, text=FAULTY)
    assert status == 1, output
    for line, key in ((2, "name"), (3, "realm"), (6, "uri"), (7, "plaintxt_auth"), (10, "expires"), (13, "header_bytes"), (15, "colours")):
        assert re.search(rf"relay\.toml:{line}:\d+.*{key}", output), f"line {line} ({key}) is not named in:\n{output}"
    assert "plaintext_auth" in output, f"the nearest right key is not named:\n{output}"


def test_all_faults():
    """a wrong configuration: every fault at once, each with file, line, column and key, exit status 1"""
    all_faults()


def test_all_faults_by_check():
    """--check says the same"""
    all_faults("--check")


def test_not_toml():
    """a file that is no TOML: the place, exit status 1"""
    status, output = command(text="[relay\nname = 1\n")
    assert status == 1 and re.search(r"relay\.toml:\d+", output), output


def test_users_file_missing():
    """a users file that is not there is a fault, exit status 1"""
    status, output = command(text=GOOD.format(port=e2e.free_port(), users="/nonexistent/users"))
    assert status == 1 and "/nonexistent/users" in output, output


def test_print_effective():
    """--print-effective shows every value and the built-in rules, and loads again"""
    with good_text() as text:
        status, output = command("--print-effective", text=text)
        assert status == 0 and "builtin." in output and "expires_max" in output and "header_bytes" in output, output
        status, again = command("--check", text=output)
        assert status == 0, again


def test_second_daemon():
    """a second daemon on the same port does not start (SO_REUSEPORT would let it take half the clients)"""
    with Relay() as relay:
        done = subprocess.run([PROGRAM, "--config", str(relay.config)], capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL)
        assert done.returncode == 1 and str(relay.port) in done.stdout + done.stderr, done
        for _ in range(10):
            relay.alive()


def until_auth(relay, name, wanted):
    """Asks on new links until AUTH of a user is answered as wanted."""
    for _ in range(2000):
        with contextlib.closing(relay.client(name, auth=False)) as client:
            answer = client.ask_auth(e2e.msrp.authorization(client.challenge(), name, f"{name}-pw", relay.uri))
            if answer.code == wanted:
                return
    raise AssertionError(f"{name} is still answered {answer}")


def test_hang_up():
    """SIGHUP reads the users again; links and sessions stay; a broken file changes nothing"""
    with Relay(users=htdigest("alice") + htdigest("bob")) as relay:
        with contextlib.closing(relay.client("alice")) as alice, contextlib.closing(relay.client("bob")) as bob:
            until_auth(relay, "carol", 401)
            relay.write_users(htdigest("alice") + htdigest("carol"))
            relay.hang_up()
            until_auth(relay, "carol", 200)
            until_auth(relay, "bob", 401)
            alice.send(alice.message(bob.path(), b"still here"))
            assert bob.read().body == b"still here"
            assert alice.read().code == 200
            relay.write_users(htdigest("dave") + "this is no line of htdigest\n")
            relay.hang_up()
            relay.wait_for("users.htdigest")
            until_auth(relay, "carol", 200)
            until_auth(relay, "dave", 401)


def test_terminate_idle():
    """SIGTERM: links are closed, exit status 0"""
    relay = Relay()
    with contextlib.closing(relay.client("alice")) as alice:
        relay.terminate()
        assert alice.closed()
    relay.wait()
    with contextlib.suppress(ConnectionRefusedError):
        relay.link()
        raise AssertionError("something still listens")


def test_terminate_busy():
    """SIGTERM while a receiver has not read yet: what is held is sent before its link is closed"""
    relay = Relay()
    with contextlib.closing(relay.client("alice")) as alice, contextlib.closing(relay.client("bob")) as bob:
        body = b"z" * 300_000
        alice.send(alice.message(bob.path(), body))
        assert alice.read().code == 200  # the relay has it all
        relay.terminate()
        _, got, flag = bob.read_message()
        assert got == body and flag == "$", (len(got), flag)
        assert bob.closed()
    relay.wait()


def test_terminate_at_leisure():
    """SIGTERM with nothing held: every link is done, none is cut when the grace is over; cores without links wait for those that have some"""
    for _ in range(6):
        relay = Relay()
        with contextlib.closing(relay.client("alice")) as alice, contextlib.closing(relay.client("bob")) as bob:
            alice.send(alice.message(bob.path(), b"last"))
            bob.answer(bob.read())
            assert alice.read().code == 200
            relay.terminate()
            relay.wait()
        assert "the relay stops" not in "".join(relay.output), "".join(relay.output)


def test_terminate_stalled():
    """SIGTERM with a receiver that never reads: bounded by shutdown, exit status 0"""
    relay = Relay(more='[timers]\nshutdown = "1s"')
    with contextlib.closing(relay.client("alice")) as alice, contextlib.closing(relay.client("bob")) as bob:
        alice.socket.settimeout(0.5)
        with contextlib.suppress(TimeoutError, Closed):
            alice.write(alice.message(bob.path(), b"z" * (32 << 20), byte_range="1-*/*").encode())
        relay.terminate()
        relay.wait()


def test_terminate_at_once():
    """SIGTERM right after the start, and twice"""
    relay = Relay()
    relay.terminate()
    relay.terminate()
    relay.wait()


def test_hardened():
    """the program is position-independent, with full RELRO and a stack that is not executable"""
    if b"__asan_init" in pathlib.Path(PROGRAM).read_bytes() or b"__tsan_init" in pathlib.Path(PROGRAM).read_bytes():
        raise tap.Skip("a sanitized build")
    seen = subprocess.run(["readelf", "--wide", "--file-header", "--program-headers", "--dynamic", PROGRAM], capture_output=True, text=True, check=True).stdout
    assert re.search(r"Type:\s+DYN", seen) and "GNU_RELRO" in seen and re.search(r"BIND_NOW|FLAGS.*NOW", seen), seen
    assert re.search(r"GNU_STACK.* RW ", seen), seen


def test_quickstart():
    """conf/quickstart.toml passes --check"""
    status, output = command("--check", "--config", str(ROOT / "conf/quickstart.toml"))
    assert status == 0, output


class Manager:
    """A service manager's socket."""

    def __init__(self, folder):
        self.path = str(pathlib.Path(folder, "notify"))
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(self.path)
        self.socket.settimeout(e2e.PATIENCE)
        self.heard = []

    def wait_for(self, beginning):
        """The next message that begins so; what came before it is in `heard`."""
        while True:
            self.heard.append(self.socket.recv(4096).decode())
            if self.heard[-1].startswith(beginning):
                return self.heard[-1]


@contextlib.contextmanager
def managed(watchdog_us=None):
    with tempfile.TemporaryDirectory() as folder:
        manager = Manager(folder)
        environment = {"NOTIFY_SOCKET": manager.path, **({"WATCHDOG_USEC": str(watchdog_us)} if watchdog_us else {})}
        os.environ.update(environment)
        try:
            relay = Relay()
        finally:
            for name in environment:
                del os.environ[name]
        with relay:
            yield manager, relay
        manager.wait_for("STOPPING=1")
        manager.socket.close()


def test_canary():
    """what must not be told is looked for in every log: a rule that logs a session is found"""
    rule = '[[rule]]\nname = "tells"\nwhen = { method = "SEND" }\naction = "continue"\nlog = "of ${msrp.sessid}"\n'
    relay = Relay(more=rule)
    with contextlib.closing(relay.client("alice")) as alice, contextlib.closing(relay.client("bob")) as bob:
        alice.send(alice.message(bob.path()))
        bob.read()
    try:
        relay.stop()
    except AssertionError as failure:
        assert "the log tells secrets" in str(failure), failure
    else:
        raise AssertionError("nobody noticed")


def test_service_manager():
    """the service manager hears: ready, what it does, reloading and ready again, stopping"""
    with managed() as (manager, relay):
        manager.wait_for("READY=1")
        assert not [text for text in manager.heard if text.startswith("WATCHDOG")]
        assert re.fullmatch(r"STATUS=0 links, 0 sessions, 0 frames/s", manager.wait_for("STATUS="))
        relay.hang_up()
        assert re.fullmatch(r"RELOADING=1\nMONOTONIC_USEC=\d+", manager.wait_for("RELOADING=1"))
        manager.wait_for("READY=1")


def test_watchdog():
    """its watchdog is fed while all cores turn their loops"""
    with managed(watchdog_us=200_000) as (manager, _):
        manager.wait_for("READY=1")
        for _ in range(5):
            manager.wait_for("WATCHDOG=1")


if __name__ == "__main__":
    tap.run(tap.functions(globals()))

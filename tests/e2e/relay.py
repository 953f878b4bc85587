"""Starts msrp-relay with a configuration of its own on free ports, waits until it is ready, stops it and looks at its end.

MSRP_RELAY names the program (default: build/msrp-relay).
"""

import atexit
import contextlib
import hashlib
import os
import pathlib
import queue
import signal
import socket
import subprocess
import sys
import tempfile
import threading

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
import msrp  # noqa: E402
import tap  # noqa: E402, F401

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = os.environ.get("MSRP_RELAY", str(ROOT / "build/msrp-relay"))
HOST, REALM = "relay.example.org", "example.org"
PATIENCE = msrp.PATIENCE


def free_port(host="127.0.0.1"):
    with socket.socket() as probe:
        probe.bind((host, 0))
        return probe.getsockname()[1]


def htdigest(user, password=None, realm=REALM, sha256=True):
    """A line of the users file; the fourth field is the HA1 of SHA-256."""
    text = f"{user}:{realm}:{password or user + '-pw'}".encode()
    fields = [user, realm, hashlib.md5(text).hexdigest()] + ([hashlib.sha256(text).hexdigest()] if sha256 else [])
    return ":".join(fields) + "\n"


class Relay:
    """A running daemon. listen: more lines of the first [[listen]]; more: further tables; users: content of the users file; name: host of
    its URIs; host, port: where it listens; open_files: its limit of descriptors."""

    def __init__(self, users=None, plaintext_auth=True, listen="", more="", allow='"127.0.0.0/8"', cores=2, name=HOST, host="127.0.0.1",
                 port=None, open_files=None):
        self.folder = tempfile.TemporaryDirectory(prefix="msrp-relay-e2e-")
        self.name, self.host, self.port = name, host, port or free_port(host)
        self.users_file = pathlib.Path(self.folder.name, "users.htdigest")
        self.write_users(users if users is not None else "".join(htdigest(name) for name in ("alice", "bob", "carol", "dave")))
        self.config = pathlib.Path(self.folder.name, "relay.toml")
        self.config.write_text(f"""[relay]
name = "{name}"
realm = "{REALM}"
cores = {cores}

[[listen]]
uri = "msrp://{host}:{self.port}"
{'plaintext_auth = true' if plaintext_auth else ''}
{listen}

[users]
file = "{self.users_file}"

[destinations]
allow = [{allow}]

{more}
""", encoding="utf-8")
        self.lines, self.output = queue.Queue(), []
        command = [PROGRAM, "--config", str(self.config)]
        if open_files:
            command = ["prlimit", f"--nofile={open_files}", *command]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                        stdin=subprocess.DEVNULL, text=True, errors="replace")
        atexit.register(self.process.kill)
        threading.Thread(target=self._collect, daemon=True).start()
        try:
            self.wait_for("msrp-relay: ready")
        except BaseException:
            self.kill()
            raise

    def _collect(self):
        for line in self.process.stdout:
            self.output.append(line)
            self.lines.put(line)
        self.lines.put(None)

    def wait_for(self, text):
        """The next line of output that contains text."""
        while True:
            try:
                line = self.lines.get(timeout=PATIENCE)
            except queue.Empty:
                raise AssertionError(f"{text!r} did not come; output:\n{''.join(self.output)}") from None
            assert line is not None, f"the relay ended (status {self.process.wait()}) before {text!r}; output:\n{''.join(self.output)}"
            if text in line:
                return line

    @property
    def uri(self):
        """As it stands in To-Path of an AUTH."""
        return f"msrp://{self.name}:{self.port};tcp"

    @property
    def address(self):
        return (self.host, self.port)

    def link(self):
        return msrp.Link(self.address)

    def client(self, name, port=None, auth=True, source=None):
        client = msrp.Client((self.host, port or self.port), self.uri, name, source)
        if auth:
            client.auth()
        return client

    def stranger(self, name="stranger"):
        """A peer without a relay of its own, connected to this one."""
        return self.client(name, auth=False)

    def alive(self):
        """Fails unless a new client is served."""
        assert self.process.poll() is None, f"the relay died: {self.process.returncode}\n{''.join(self.output)}"
        with contextlib.closing(self.stranger("probe")) as probe:
            assert probe.ask_auth().code == 401

    def write_users(self, text):
        fresh = self.users_file.with_suffix(".new")
        fresh.write_text(text, encoding="utf-8")
        fresh.replace(self.users_file)

    def hang_up(self):
        self.process.send_signal(signal.SIGHUP)

    def ask_counters(self):
        self.process.send_signal(signal.SIGUSR1)

    def terminate(self):
        self.process.send_signal(signal.SIGTERM)

    def wait(self):
        """Waits for the end after terminate(); it must be status 0, and no sanitizer may have spoken."""
        try:
            status = self.process.wait(PATIENCE + 10)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"it did not stop; output:\n{''.join(self.output)}") from None
        output = "".join(self.output)
        assert status == 0, f"exit status {status}; output:\n{output}"
        told = sorted(secret for secret in msrp.secrets if secret in output)
        assert not told, f"the log tells secrets: {told}\n{output}"

    def stop(self):
        self.terminate()
        self.wait()
        self.folder.cleanup()

    def kill(self):
        self.process.kill()
        self.process.wait()
        self.folder.cleanup()

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        if kind:
            print("# output of the relay:\n# " + "# ".join(self.output[-30:]), flush=True)
            self.kill()
        else:
            self.stop()


class Shared:
    """One relay for the cases of a file: started by the first, stopped and judged by the last (`stops`)."""

    def __init__(self, **options):
        self.options, self.relay = options, None

    def __call__(self):
        if not self.relay:
            self.relay = Relay(**self.options)
        return self.relay

    def stops(self):
        """the relay of these cases is still alive, and stops with status 0"""
        self().alive()
        relay, self.relay = self.relay, None
        with relay:
            pass

    def abandon(self):
        if self.relay:
            self.relay.kill()


class Peer:
    """An endpoint without a relay: listens on a port of its own and accepts the relay's dialling."""

    def __init__(self, name="peer", host="127.0.0.1"):
        self.socket = socket.create_server((host, 0))
        self.port = self.socket.getsockname()[1]
        self.uri = f"msrp://{host}:{self.port}/{msrp.unique('s')};tcp"
        self.name = name

    def accept(self):
        self.socket.settimeout(PATIENCE)
        connection = self.socket.accept()[0]
        client = msrp.Client(connection, "", self.name)
        client.uri = self.uri
        return client

    def was_dialled(self):
        self.socket.settimeout(0)
        try:
            self.socket.accept()[0].close()
            return True
        except BlockingIOError:
            return False

    def close(self):
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

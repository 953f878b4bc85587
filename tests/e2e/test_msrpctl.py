#!/usr/bin/env python3
"""msrpctl and the control socket: what operators see and change, and who may."""

import contextlib
import json
import os
import pathlib
import socket
import subprocess
import tempfile

from relay import PROGRAM, REALM, Relay, Shared, tap

MSRPCTL = str(pathlib.Path(PROGRAM).with_name("msrpctl"))


class Commanded(Relay):
    """A relay with a control socket that every user of this host can reach."""

    def __init__(self, more="", control="", **options):
        self.place = tempfile.TemporaryDirectory(prefix="msrpctl-e2e-")
        os.chmod(self.place.name, 0o755)
        self.socket = f"{self.place.name}/control.sock"
        super().__init__(more=f'[control]\nsocket = "{self.socket}"\n{control}\n{more}', **options)

    def run(self, *words, **options):
        """msrpctl's end; options: of subprocess.run()."""
        return subprocess.run([MSRPCTL, "--socket", self.socket, *words], capture_output=True, text=True, timeout=60, check=False, **options)

    def ctl(self, *words):
        """Its text."""
        done = self.run(*words)
        assert done.returncode == 0, done
        return done.stdout

    def json(self, *words):
        return json.loads(self.ctl("--json", *words))

    def raw(self, *lines):
        """Lines as they are to the socket, and what comes back until it is closed."""
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(30)
            connection.connect(self.socket)
            connection.sendall(b"".join(line + b"\n" for line in lines))
            connection.shutdown(socket.SHUT_WR)
            return connection.makefile("rb").read().splitlines()


class SharedCommanded(Shared):
    def __call__(self):
        if not self.relay:
            self.relay = Commanded(**self.options)
        return self.relay


relay = SharedCommanded()


def test_info():
    """info tells what flows now, in words and as JSON"""
    with contextlib.closing(relay().client("alice")):
        told = relay().json("info")
        assert told["program"] == "msrp-relay" and told["state"] == "ready" and told["name"] == relay().name, told
        assert told["counters"]["sessions"] == 1 and len(told["cores"]) == 2, told
        text = relay().ctl("info")
        assert "1 now, 0 ended" in text and f"msrp://127.0.0.1:{relay().port}" in text, text


def test_limits():
    """limits tells every limit with its value and its use"""
    with contextlib.closing(relay().client("alice")):
        told = {limit["name"]: limit for limit in relay().json("limits")["limits"]}
        assert told["sessions"] == {"name": "sessions", "value": "1000000", "now": 1, "most": 1000000, "reached": 0}, told
        assert told["header_bytes"]["value"] == "8KiB" and told["header_bytes"]["now"] is None, told
        assert "core_buffer" in relay().ctl("limits")


def test_limit_reached():
    """a limit that was reached is counted"""
    with Commanded(more="[limits]\nsessions_per_user = 1\n") as one:
        with contextlib.closing(one.client("alice")) as alice:
            assert alice.ask_auth().code == 401
            try:
                alice.auth()
            except AssertionError:
                pass
            told = {limit["name"]: limit["reached"] for limit in one.json("limits")["limits"]}
            assert told["sessions_per_user"] == 1, told


def test_rules_and_certs():
    """rules with their hits; certificates, of which a relay without TLS has none"""
    told = relay().json("rules")["rules"]
    assert told and all(set(rule) == {"name", "action", "hits"} for rule in told), told
    assert relay().json("certs") == {"certificates": []} and "no certificates" in relay().ctl("certs")


def test_wrong_usage():
    """wrong usage is status 2 and says where help is; a relay that is not there is status 1"""
    for words in ([], ["reboot"], ["info", "more"], ["--nonsense"]):
        done = relay().run(*words)
        assert done.returncode == 2 and "msrpctl --help" in done.stderr, done
    done = subprocess.run([MSRPCTL, "--socket", "/nowhere/s", "info"], capture_output=True, text=True, check=False)
    assert done.returncode == 1 and "is msrp-relay running" in done.stderr, done


def test_help():
    """help fits a screen and names every command"""
    done = subprocess.run([MSRPCTL, "--help"], capture_output=True, text=True, check=True)
    lines = done.stdout.splitlines()
    assert len(lines) <= 50 and max(map(len, lines)) <= 80, lines
    unknown = json.loads(relay().raw(b'{"version": 1, "command": "reboot"}')[0])["error"]
    names = unknown.split("There are: ")[1].split(", ")
    assert len(names) >= 4 and all(f" {name} " in done.stdout for name in names), (names, done.stdout)


def test_octets():
    """what is no request is answered with why, line by line; other versions too"""
    answers = relay().raw(b"nonsense", b"\xff\xfe", b'{"version": 9, "command": "info"}', b'{"version": 1, "command": "rules"}')
    assert len(answers) == 4, answers
    assert all("error" in json.loads(line) for line in answers[:3]) and "rules" in json.loads(answers[3])["result"], answers


def as_user(*groups):
    """Options of subprocess for a process of nobody's with these groups."""
    if os.geteuid() != 0:
        raise tap.Skip("needs root to be somebody else")
    return {"user": "nobody", "group": "nogroup", "extra_groups": list(groups)}


def test_strangers():
    """who has no role is told so, and asks nothing"""
    done = relay().run("info", **as_user())
    assert done.returncode == 1 and "may not ask this relay" in done.stderr and not done.stdout, done


def test_observers():
    """observers may ask; operators by their group as well"""
    with Commanded(control='operators = ["games"]\nobservers = ["users"]') as one:
        assert one.run("info", **as_user("users")).returncode == 0
        assert one.run("info", **as_user("games")).returncode == 0
        assert one.run("info", **as_user("mail")).returncode == 1


def test_unknown_group():
    """a group that is not there is a fault with its place, for --check too"""
    with Commanded() as good:
        text = good.config.read_text(encoding="utf-8")
        wrong = pathlib.Path(good.folder.name, "wrong.toml")
        wrong.write_text(text.replace("[control]\n", '[control]\nobservers = ["no-such-group"]\n'), encoding="utf-8")
        done = subprocess.run([PROGRAM, "--check", "--config", str(wrong)], capture_output=True, text=True, check=False)
        line = text[:text.index("[control]")].count("\n") + 2
        assert done.returncode == 1 and f"{wrong}:{line}:1: control.observers: there is no group `no-such-group` on this host" in done.stderr, done


def test_runtime_directory():
    """a service gets its socket where the service manager has made room for it; it goes with the relay"""
    with tempfile.TemporaryDirectory() as folder:
        os.environ["RUNTIME_DIRECTORY"] = folder
        try:
            with Relay() as one:
                place = pathlib.Path(folder, "control.sock")
                done = subprocess.run([MSRPCTL, "--socket", str(place), "--json", "info"], capture_output=True, text=True, check=False)
                assert json.loads(done.stdout)["name"] == one.name
        finally:
            del os.environ["RUNTIME_DIRECTORY"]
        assert not place.exists()


def test_stops():
    relay.stops()


test_stops.__doc__ = relay.stops.__doc__


if __name__ == "__main__":
    try:
        tap.run(tap.functions(globals()))
    finally:
        relay.abandon()

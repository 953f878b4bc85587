#!/usr/bin/env python3
"""msrpctl and the control socket: what operators see and change, and who may."""

import contextlib
import json
import os
import pathlib
import re
import socket
import subprocess
import tempfile
import time

from relay import PROGRAM, Relay, Shared, free_port, htdigest, tap

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


def refused(one, *words):
    """The error of a command that the relay refuses."""
    done = one.run(*words)
    assert done.returncode == 1 and done.stdout == "", done
    return done.stderr


def until(what):
    """Asks again until it is so; the relay tells nobody by itself."""
    end = time.monotonic() + 20
    while not what():
        assert time.monotonic() < end, "it did not become so"


def test_links_and_sessions():
    """links and sessions, all or by user, address and link; nothing in them is a secret"""
    with contextlib.closing(relay().client("alice")) as alice, contextlib.closing(relay().client("bob")), \
            contextlib.closing(relay().stranger()):
        sessions = relay().json("sessions")["rows"]
        assert sorted(row["user"] for row in sessions) == ["alice", "bob"], sessions
        links = relay().json("links")["rows"]
        assert len(links) == 3 and {row["state"] for row in links} == {"open"}, links
        assert sorted(row["sessions"] for row in links) == [0, 1, 1] and all(row["peer"].startswith("127.0.0.1:") for row in links), links
        mine = relay().json("sessions", "--user", "alice")["rows"]
        assert [row["user"] for row in mine] == ["alice"] and 0 < mine[0]["left_ms"] <= 1800_000, mine
        assert [row["id"] for row in relay().json("links", "--link", mine[0]["link"])["rows"]] == [mine[0]["link"]]
        assert relay().json("sessions", "--link", mine[0]["link"])["rows"][0]["id"] == mine[0]["id"]
        assert len(relay().json("links", "--address", "127.0.0.1")["rows"]) == 3
        assert relay().json("links", "--address", "127.0.0.2")["rows"] == []
        assert relay().json("sessions", "--user", "nobody")["rows"] == []
        told = relay().ctl("sessions", "--all") + relay().ctl("links", "--all") + json.dumps(sessions)
        assert mine[0]["id"] in told and re.search(r"/([^;/]+);", alice.use_path).group(1) not in told, told
        for words in (["sessions", "--address", "x"], ["links", "--link", "s0.1.1"], ["links", "--link", "7"]):
            assert "is no " in refused(relay(), *words)


def test_pages():
    """a listing of many links comes in pages, each link once"""
    with contextlib.ExitStack() as stack:
        for _ in range(600):
            stack.enter_context(contextlib.closing(relay().link()))
        until(lambda: relay().json("info")["counters"]["links"] == 600)
        ids = [row["id"] for row in relay().json("links", "--all")["rows"]]
        assert len(ids) == 600 == len(set(ids)), len(ids)
        assert len(relay().json("links")["rows"]) == 100 and len(relay().json("links", "--rows", "7")["rows"]) == 7
        assert "--all" in relay().run("links").stderr
    until(lambda: relay().json("info")["counters"]["links"] == 0)


def test_kick():
    """a session that is ended is unknown to its peers, its link stays; a link that is closed is closed"""
    with contextlib.closing(relay().client("alice")) as alice, contextlib.closing(relay().client("bob")) as bob:
        session = relay().json("sessions", "--user", "bob")["rows"][0]
        assert session["id"] in relay().ctl("kick", session["id"])
        relay().wait_for(f"area=audit event=kick user={os.geteuid()} process=")
        alice.send(alice.message(bob.path(), b"hello"))
        assert alice.read().code == 481
        assert bob.ask_auth().code == 401
        assert "any more" in refused(relay(), "kick", session["id"])
        relay().ctl("kick", session["link"])
        assert bob.closed()
        assert "any more" in refused(relay(), "kick", session["link"])
    for wrong in ("x", "s9.1.1", "s0.99999.1"):
        refused(relay(), "kick", wrong)


def test_ban():
    """a ban closes the links of its address and refuses new ones until it ends"""
    with contextlib.closing(relay().client("alice", source="127.0.0.3")) as alice, contextlib.closing(relay().client("bob")) as bob:
        assert "127.0.0.3 is banned for 1h" in relay().ctl("ban", "127.0.0.3", "--for", "1h")
        assert alice.closed()
        assert relay().json("bans")["rows"][0]["address"] == "127.0.0.3"
        with contextlib.closing(relay().client("again", auth=False, source="127.0.0.3")) as again:
            assert again.closed()
        assert bob.ask_auth().code == 401
        relay().ctl("unban", "127.0.0.3")
        with contextlib.closing(relay().client("alice", source="127.0.0.3")):
            pass
        assert "is not banned" in refused(relay(), "unban", "127.0.0.3")
        relay().ctl("ban", "127.0.0.4", "--for", "1s")
        until(lambda: not relay().json("bans")["rows"])
    for words in (["ban", "alice"], ["ban", "127.0.0.3", "--for", "soon"]):
        refused(relay(), *words)


def test_errors():
    """the heads of frames that could not be read are shown, without bodies, credentials and session ids"""
    with contextlib.closing(relay().link()) as bad:
        bad.write(b"MSRP a786hjs2 SEND\r\nTo-Path: msrp://h:1/t0k3n;tcp\r\nAuthorization: Digest s3cr3t\r\nbroken line\r\n"
                  b"Content-Type: text/plain\r\n\r\nthe body\r\n-------a786hjs2$\r\n")
        assert bad.closed()
    last = relay().json("errors")["rows"][-1]
    told = relay().ctl("errors") + json.dumps(last)
    assert "MSRP a786hjs2 SEND" in last["head"] and "To-Path: msrp://h:1/...;tcp" in last["head"] and last["fault"], last
    assert not any(secret in told for secret in ("t0k3n", "s3cr3t", "the body", "broken line")), told


def test_log():
    """the log's level can be changed while it runs, for one area too"""
    relay().ctl("log", "debug", "relay")
    with contextlib.closing(relay().link()):
        relay().wait_for('event="link accepted"')
    assert "all at info" in relay().ctl("log", "info")
    assert "is no level" in refused(relay(), "log", "loud") and "is no area" in refused(relay(), "log", "info", "kitchen")


def test_reload():
    """reload reads users again, and says what is wrong"""
    with Commanded() as one:
        one.write_users(htdigest("erin"))
        assert one.ctl("reload") == "read again\n"
        one.wait_for('area=users event="read again"')
        with contextlib.closing(one.client("erin")):
            pass
        one.write_users("nonsense\n")
        assert "but:" in one.ctl("reload") and one.json("info")["state"] == "ready"


def test_drain():
    """a drained relay is not ready, takes no AUTH, closes its links in time; undrained it is as before"""
    port = free_port()
    with Commanded(more=f'[http]\nlisten = "127.0.0.1:{port}"\n') as one, contextlib.ExitStack() as stack:
        clients = [stack.enter_context(contextlib.closing(one.client("alice"))) for _ in range(8)]
        assert "8 links of 8, 8 sessions" in one.ctl("drain", "--deadline", "1h")
        assert one.json("info")["state"] == "draining" and "8 links of 8" in one.ctl("info")
        ready = subprocess.run(["curl", "-s", f"http://127.0.0.1:{port}/readyz"], capture_output=True, text=True, check=False).stdout
        assert "being drained" in ready, ready
        with contextlib.closing(one.stranger()) as late:
            assert late.ask_auth().code == 403
        clients[0].send(clients[0].message(clients[1].path(), b"still"))
        clients[1].answer(clients[1].read())
        assert clients[0].read().code == 200
        one.ctl("undrain")
        assert one.json("info")["state"] == "ready" and "not being drained" in refused(one, "undrain")
        one.alive()
        done = one.run("drain", "--deadline", "2s", "--wait")
        assert done.returncode == 0 and "0 links of" in done.stdout.splitlines()[-1], done
        assert all(client.closed() for client in clients)
        refused(one, "drain", "--deadline", "never")


def test_top():
    """top shows rates"""
    with contextlib.closing(relay().client("alice")):
        told = relay().ctl("top", "--count", "2", "--period", "0.2")
        assert told.count("frames in") == 2 and "1 sessions" in told, told


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
        for words in (["undrain"], ["kick", "l0.1.1"], ["reload"], ["log", "debug"], ["ban", "127.0.0.9"]):
            done = one.run(*words, **as_user("users"))
            assert done.returncode == 1 and "is for operators" in done.stderr, done
            one.wait_for(f"area=audit event={words[0]}")
        assert one.run("reload", **as_user("games")).returncode == 0


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

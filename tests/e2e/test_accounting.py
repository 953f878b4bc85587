#!/usr/bin/env python3
"""Accounting: what the records say is what was sent; files are complete, and say so; a kill, a full disk and a shutdown lose nothing unsaid."""

import contextlib
import csv
import hashlib
import io
import json
import pathlib
import re
import resource
import shutil
import socket
import tempfile
import time

import msrp
import test_blaster_tls
import tls
from relay import HOST, Relay, tap
from test_blaster import NAMES, good

TRAFFIC = ("messages", "chunks", "octets")


class Accounted:
    """A relay with accounting, and its folder, which outlives it."""

    def __init__(self, options="", make=Relay, folder=None, **more):
        self.folder = folder or pathlib.Path(tempfile.mkdtemp(prefix="msrp-relay-accounting-"))
        more["more"] = f'{NAMES}\n[accounting]\nfolder = "{self.folder}"\n{options}\n' + more.get("more", "")
        self.relay = make(**more)

    def __enter__(self):
        return self

    def __exit__(self, kind, *rest):
        self.relay.__exit__(kind, *rest) if self.relay.process.poll() is None else self.relay.folder.cleanup()
        shutil.rmtree(self.folder, ignore_errors=True)

    def lines(self):
        """All lines so far, of finished files and of the open one, that are whole."""
        texts = [path.read_text(encoding="utf-8") for path in sorted(self.folder.iterdir())]
        return "".join(text[:text.rfind("\n") + 1] for text in texts).splitlines()

    def await_line(self, holds):
        """A record for which holds(record) is true."""
        deadline = time.monotonic() + msrp.PATIENCE
        while time.monotonic() < deadline:
            for line in self.lines():
                if holds(json.loads(line)):
                    return json.loads(line)
            time.sleep(0.05)  # files tell nobody that they have grown
        raise AssertionError("no such record in\n" + "\n".join(self.lines()))

    def stop(self):
        self.relay.terminate()
        self.relay.wait()


def read_file(path):
    """(records, trailer) of one finished file, whose checksum and count are right."""
    octets = path.read_bytes()
    place = octets.rfind(b"\n", 0, -1) + 1
    before, last = octets[:place], octets[place:].decode()
    trailer = json.loads(last.removeprefix("# "))
    assert trailer["event"] == "trailer" and trailer["sha256"] == hashlib.sha256(before).hexdigest(), (path, trailer)
    if path.suffix == ".csv":
        records = [{key: int(value) if re.fullmatch("[0-9]+", value) else value for key, value in row.items() if value != ""}
                   for row in csv.DictReader(io.StringIO(before.decode()))]
    else:
        records = [json.loads(line) for line in before.decode().splitlines()]
    assert trailer["records"] == len(records), trailer
    if records:
        assert (trailer["first_sequence"], trailer["last_sequence"]) == (records[0]["sequence"], records[-1]["sequence"]), trailer
    return records, trailer


def read_all(folder):
    """(records, trailers) of all runs; every file is finished, and no sequence has a gap."""
    paths = sorted(folder.iterdir())
    assert paths and not [path.name for path in paths if path.name.endswith(".tmp")], paths
    read = [read_file(path) for path in paths]
    records = [record for some, _ in read for record in some]
    runs = {}
    for record in records:
        runs.setdefault(record["run"], []).append(record["sequence"])
    for run, sequences in runs.items():
        assert sequences == list(range(1, len(sequences) + 1)), (run, sequences)
    return records, [trailer for _, trailer in read]


def sums(records):
    stops = [record for record in records if record["event"] == "stop"]
    return {f"{what}_{way}": sum(stop[f"{what}_{way}_client"] for stop in stops) for what in (*TRAFFIC, "reports") for way in ("from", "to")}


def counters(relay):
    relay.ask_counters()
    line = relay.wait_for("event=counters")
    return {name: int(value) for name, value in re.findall(r"(\w+)=(\d+)", line)}


def test_sums():
    """sum over the records = the relay's counters = what msrp-blaster has sent: small, in chunks, large, over TLS, on two cores"""
    with Accounted(make=tls.TlsRelay, cores=2) as accounted:
        relay = accounted.relay
        told = [good("--pairs", 8, "--messages", 2000, relay=relay),
                test_blaster_tls.good("--pairs", 3, "--messages", 60, "--size", "100KiB", "--chunk", "10KiB", relay=relay),
                good("--pairs", 3, "--messages", 12, "--size", "300KiB", relay=relay)]
        counted = counters(relay)
        accounted.stop()
        records, _ = read_all(accounted.folder)
        summed = sums(records)
        messages = sum(one["messages"]["sent"] for one in told)
        octets = 2000 * 64 + 60 * 100 * 1024 + 12 * 300 * 1024
        assert sum(one["octets"]["delivered"] for one in told) == octets, told
        assert summed["messages_from"] == summed["messages_to"] == messages, (summed, messages)
        assert summed["octets_from"] == summed["octets_to"] == octets, (summed, octets)
        assert summed["chunks_from"] == summed["chunks_to"] == counted["requests_relayed"] - summed["reports_from"], (summed, counted)
        for what in TRAFFIC:
            assert (summed[f"{what}_from"], summed[f"{what}_to"]) == (counted[f"client_{what}_in"], counted[f"client_{what}_out"]), (summed, counted)
        starts = [record["session"] for record in records if record["event"] == "start"]
        stops = [record["session"] for record in records if record["event"] == "stop"]
        assert len(starts) == len(set(starts)) == counted["auth_accepted"] and sorted(starts) == sorted(stops), (len(starts), counted)
        assert {record["user"] for record in records} == {"alice"} and counted["accounting_lost"] == 0


def test_record():
    """a record says who, from where, with whom, how secured, and for how long; and the session only by a hash"""
    with Accounted(make=tls.TlsRelay) as accounted:
        relay = accounted.relay
        with contextlib.closing(relay.secure_client("alice")) as alice, contextlib.closing(relay.client("bob")) as bob:
            alice.send(alice.message(bob.path(), b"hello"))
            bob.answer(bob.read())
            assert alice.read().code == 200
            session = re.search(r"/([^/;]+);tcp", alice.use_path)[1]
            port = alice.socket.getsockname()[1]
        accounted.stop()
        records, trailers = read_all(accounted.folder)
        assert [trailer["closed"] for trailer in trailers] == ["stop"], trailers
        start, stop = [record for record in records if record.get("user") == "alice"]
        assert start["event"] == "start" and "termination" not in start and start["octets_from_client"] == 0, start
        assert stop["session"] == start["session"] == hashlib.sha256(session.encode()).hexdigest()[:32], stop
        assert session not in "".join(path.read_text(encoding="utf-8") for path in accounted.folder.iterdir())
        assert stop["node"] == HOST and stop["realm"] and stop["listener"] == "secure" and stop["client"] == f"127.0.0.1:{port}", stop
        assert stop["peers"] == "bob.invalid" and stop["messages_from_client"] == 1 and stop["octets_from_client"] == 5, stop
        assert stop["octets_to_client"] == stop["failures_4xx"] == 0 and stop["duration_ms"] < 60_000 and stop["started"] == start["time"], stop
        assert stop["tls_version"] == "TLSv1.3" and stop["tls_cipher"].startswith("TLS_"), stop
        bob_stop = [record for record in records if record.get("user") == "bob"][-1]
        assert bob_stop["octets_to_client"] == 5 and bob_stop["chunks_from_client"] == 0 and "tls_version" not in bob_stop, bob_stop


def test_terminations():
    """four letters tell how a session ended: finished, reset, expired, malformed, shut down"""
    with Accounted("", more="[session]\nexpires_min = \"1s\"\n") as accounted:
        relay = accounted.relay

        def ended(client, how):
            handle = hashlib.sha256(re.search(r"/([^/;]+);tcp", client.use_path)[1].encode()).hexdigest()[:32]
            how(client)
            return accounted.await_line(lambda record: record["event"] == "stop" and record.get("session") == handle)["termination"]

        assert ended(relay.client("alice"), lambda client: client.close()) == "CNE-"
        assert ended(relay.client("alice"), lambda client: client.reset()) == "CNL-"
        assert ended(relay.client("alice"), lambda client: client.write(b"MSRP tid1 SEND\r\nrubbish\r\n-------tid1$\r\n")) == "RNM-"
        alice = relay.client("alice", auth=False)
        alice.auth(headers=[("Expires", "1")])
        assert ended(alice, lambda client: None) == "TNX-"
        bob = relay.client("bob")
        alice.auth()

        def cut(client):
            octets = client.message(bob.path(), b"x" * 50_000).encode()
            client.write(octets[:30_000])
            bob.until(re.compile(b"xxxx"))
            client.socket.shutdown(socket.SHUT_WR)
        assert ended(alice, cut) == "CFE-"
        carol = relay.client("carol")
        accounted.stop()
        records, _ = read_all(accounted.folder)
        assert carol.closed()
        assert [record["termination"] for record in records if record["event"] == "stop" and record["user"] == "carol"] == ["ONS-"], records


def test_failures():
    """what a session's sender is told has failed is counted by its code"""
    with Accounted("", more='[timers]\ntransaction = "1s"\n') as accounted:
        relay = accounted.relay
        with contextlib.closing(relay.client("alice")) as alice, contextlib.closing(relay.client("bob")) as bob:
            for code in (None, 413, 415, 501):
                alice.send(alice.message(bob.path(), b"hello"))
                got = bob.read()
                assert alice.read().code == 200
                if code:
                    bob.answer(got, code, " No")
                report = alice.read()
                assert report.method == "REPORT" and f"000 {code or 408}" in report.get("Status"), report
            alice.send(alice.message(re.sub(r"(:\d+/)....", r"\1AAAA", bob.use_path) + f" {bob.uri}", b"hello"))
            assert alice.read().code == 481
        accounted.stop()
        records, _ = read_all(accounted.folder)
        stop = [record for record in records if record["event"] == "stop" and record["user"] == "alice"][0]
        assert [stop[f"failures_{kind}"] for kind in ("408", "413", "4xx", "other")] == [1, 1, 2, 1], stop
        # The fifth has gone on where its token is another core's, which then refuses it.
        assert stop["chunks_from_client"] in (4, 5), stop


def test_interim():
    """[accounting] interim: records while a session lasts, with numbers that grow"""
    with Accounted('interim = "1s"') as accounted:
        with contextlib.closing(accounted.relay.client("alice")) as alice, contextlib.closing(accounted.relay.client("bob")) as bob:
            first = accounted.await_line(lambda record: record["event"] == "interim" and record["user"] == "alice")
            assert first["octets_from_client"] == 0, first
            alice.send(alice.message(bob.path(), b"hello"))
            bob.answer(bob.read())
            assert alice.read().code == 200
            later = accounted.await_line(lambda record: record["event"] == "interim" and record.get("octets_from_client") == 5)
            assert later["session"] == first["session"] and later["sequence"] > first["sequence"] and later["duration_ms"] > first["duration_ms"], later


def test_rotation():
    """files of CSV are closed by size and by time, each complete in itself; the sequence goes on from one to the next"""
    with Accounted('format = "csv"\nrotate_size = "2KiB"\nrotate_time = "1s"') as accounted:
        with contextlib.closing(accounted.relay.client("bob")):
            pass
        deadline = time.monotonic() + msrp.PATIENCE
        while not list(accounted.folder.glob("*-000001.csv")):
            assert time.monotonic() < deadline
            time.sleep(0.05)
        told = good("--pairs", 20, "--messages", 400, relay=accounted.relay)
        accounted.stop()
        records, trailers = read_all(accounted.folder)
        closed = [trailer["closed"] for trailer in trailers]
        assert closed[0] == "time" and "size" in closed and len(closed) >= 3, closed
        assert sums(records)["messages_from"] == told["messages"]["sent"] == 400, sums(records)


def test_kill():
    """after kill -9 the next run closes the file, and reports the gap: what was told a second before is there"""
    with Accounted() as accounted:
        alice = accounted.relay.client("alice")
        told = accounted.await_line(lambda record: record["event"] == "start")
        time.sleep(1)  # the second that may be lost
        accounted.relay.process.kill()
        accounted.relay.process.wait()
        alice.close()
        left = list(accounted.folder.iterdir())
        assert [path.suffix for path in left] == [".tmp"], left
        with open(left[0], "ab") as torn:
            torn.write(b'{"version":1,"node":"relay.exa')
        again = Accounted(folder=accounted.folder)
        again.relay.client("bob").close()
        again.stop()
        records, trailers = read_all(accounted.folder)
        assert [trailer["closed"] for trailer in trailers] == ["crash", "stop"], trailers
        assert records[0] == told and records[1]["event"] == "gap" and "missing" not in records[1], records
        assert told["run"] in records[1]["reason"] and "after sequence 1" in records[1]["reason"], records[1]
        assert [record["user"] for record in records[2:]] == ["bob", "bob"], records
        again.relay.folder.cleanup()


def test_disk_full():
    """a disk that is full: told once, calls go on, and when there is room again nothing is missing"""
    with Accounted() as accounted:
        relay = accounted.relay
        relay.client("alice").close()
        accounted.await_line(lambda record: record["event"] == "stop")
        usual = resource.prlimit(relay.process.pid, resource.RLIMIT_FSIZE)
        size = next(accounted.folder.iterdir()).stat().st_size
        resource.prlimit(relay.process.pid, resource.RLIMIT_FSIZE, (size + 100, usual[1]))
        told = good("--pairs", 20, "--messages", 500, relay=relay)
        relay.wait_for("records cannot be written")
        relay.alive()
        resource.prlimit(relay.process.pid, resource.RLIMIT_FSIZE, usual)
        relay.wait_for("records are written again")
        accounted.stop()
        assert "".join(relay.output).count("records cannot be written") == 1
        records, _ = read_all(accounted.folder)
        assert sums(records)["messages_from"] == told["messages"]["sent"] and not [record for record in records if record["event"] == "gap"], sums(records)


def test_folder_refused():
    """a folder that cannot be written keeps the relay from starting, with the reason"""
    try:
        Accounted(folder=pathlib.Path("/proc/no/such"))
    except AssertionError as error:
        assert "[accounting] folder: /proc/no/such: cannot be made" in str(error), error
    else:
        raise AssertionError("it started")


if __name__ == "__main__":
    tap.run(tap.functions(globals()))

#!/usr/bin/env python3
"""msrp-blaster conform against Debian's Kamailio, configured as the msrp module's guide shows (bench/kamailio.cfg): prints the score. To be run by hand.

usage: tests/conform/kamailio.py [--answer] [PATTERN...]

PATTERN chooses cases as --only does. --answer makes Kamailio answer at its last hop (MSRP_ANSWER in the configuration), which the guide's example leaves
to the client. Kamailio 5.6 sends what its clients say to each other over one connection to itself, which a malformed frame of one ends for all, and now and
then a process of it dies: so each requirement has a Kamailio of its own, its cases run one after the other, and where it dies they are told apart.
MSRP_BLASTER names the program (default: build/msrp-blaster). Kamailio has no timers of MSRP: three seconds are as good as thirty.
"""

import collections
import concurrent.futures
import contextlib
import json
import os
import pathlib
import shutil
import socket
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
BLASTER = os.environ.get("MSRP_BLASTER", str(ROOT / "build/msrp-blaster"))
KAMAILIO = shutil.which("kamailio", path=os.environ.get("PATH", "") + ":/usr/sbin")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextlib.contextmanager
def kamailio(answering):
    port = free_port()
    with tempfile.TemporaryDirectory() as folder:
        log = pathlib.Path(folder, "log")
        definitions = ["-A", f"MSRP_PORT={port}", "-A", "MSRP_WORKERS=4"] + (["-A", "MSRP_ANSWER"] if answering else [])
        with log.open("wb") as output:
            process = subprocess.Popen([KAMAILIO, "-f", ROOT / "bench/kamailio.cfg", "-DD", "-E", "-m", "256", "-M", "16", "-Y", folder,
                                        "-P", f"{folder}/pid", *definitions], stdout=output, stderr=output, stdin=subprocess.DEVNULL)
        try:
            for _ in range(500):
                assert process.poll() is None, log.read_text(errors="replace")
                with contextlib.suppress(ConnectionRefusedError), socket.create_connection(("127.0.0.1", port)):
                    break
                time.sleep(0.02)
            yield port, process
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def conform(*words):
    return subprocess.run([BLASTER, "conform", *words], capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL).stdout


def run(ids, answering):
    """The outcomes of these cases, one Kamailio for them all; where it dies and there are several, they are run in parts."""
    with kamailio(answering) as (port, process):
        told = conform("--relay", f"127.0.0.1:{port}", "--user", "alice", "--password", "xyz123", "--realm", "myrealm", "--second-user", "bob",
                       "--second-password", "xyz123", "--timer", "3", "--patience", "3", "--jobs", "1", "--json", *(word for one in ids for word in ("--only", one)))
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(0.3)
        died = process.poll() is not None
    cases = json.loads(told)["cases"] if told.startswith("{") else []
    if not died:
        return cases
    if len(ids) == 1:
        return [dict(case, result="fail", expected=case.get("expected", "the relay to live"), seen="Kamailio died") for case in cases]
    part = (len(ids) + 3) // 4
    return [case for at in range(0, len(ids), part) for case in run(ids[at:at + part], answering)]


def listed(words):
    """The ids, grouped by requirement."""
    options = [word for pattern in words for word in ("--only", pattern)]
    sections = collections.defaultdict(list)
    for line in conform("--list", *options).splitlines():
        sections[line.split(".")[0]].append(line.split()[0])
    return sections


def main():
    answering = "--answer" in sys.argv
    if not KAMAILIO:
        sys.exit("kamailio is not installed: apt-get install kamailio")
    if not os.access(BLASTER, os.X_OK):
        sys.exit(f"there is no {BLASTER}: build it (tools/run does), or name one in MSRP_BLASTER")
    groups = list(listed([word for word in sys.argv[1:] if word != "--answer"]).values())
    with concurrent.futures.ThreadPoolExecutor(10) as pool:
        cases = [case for outcome in pool.map(lambda ids: run(ids, answering), groups) for case in outcome]
    score = collections.defaultdict(collections.Counter)
    for case in cases:
        result = "policy" if case["result"] == "fail" and case["kind"] == "policy" else case["result"]
        for section in (case["section"], "total"):
            score[section][result] += 1
        if case["result"] == "fail":
            print(f"{'note' if result == 'policy' else 'FAIL'}  {case['id']:10} {case['title']}\n{'':17}expected {case['expected']}\n{'':17}saw      {case['seen']}")
    print(f"\n{'section':32}  cases   pass   FAIL policy   skip")
    for section, count in sorted(score.items(), key=lambda one: one[0] == "total"):
        print(f"{section:32}  {sum(count.values()):5}" + "".join(f"  {count[name]:5}" for name in ("pass", "fail", "policy", "skip")))


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""What bench/run makes of rounds, on made-up ones: medians, ratios, spreads, verdicts, and that nothing unmeasured is told as reached."""

import os
import pathlib
import subprocess
import sys
import types

sys.dont_write_bytecode = True
ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "bench"), str(ROOT / "tests")]
import measures  # noqa: E402
import rows as table  # noqa: E402
import tap  # noqa: E402

run = measures.script("run")


def row(name):
    return next(row for row in table.ROWS if row.name == name)


def rounds(*rates):
    """Of relay, forwarder and hop."""
    return [{name: {"frames_per_second": rate, "errors": 0} for name, rate in zip(("relay", "forwarder", "hop"), one)} for one in rates]


def test_every_row_has_a_load():
    """each row names a load, each load is asked for by a row, and no two rows have one name"""
    assert {row.load for row in table.ROWS} == set(table.LOADS)
    names = [row.name for row in table.ROWS]
    assert len(set(names)) == len(names)
    assert {str(number) for number in range(1, 21)} <= set(names), "a row of the table is not measured"


def test_limit():
    """the limit is the better of forwarder and hop, for a rate the higher one and for CPU the lower one"""
    assert table.value_of(row("1"), {"relay": {"frames_per_second": 80}, "forwarder": {"frames_per_second": 100}, "hop": {"frames_per_second": 160}}) == 0.5
    assert table.value_of(row("2"), {"relay": {"relay_us_per_frame": 1.5}, "forwarder": {"relay_us_per_frame": 1.0}, "hop": {"relay_us_per_frame": 1.2}}) == 1.5


def test_verdicts():
    """aim, must and missed, from both sides; what is missing is not measured, and what has no goal is told"""
    assert [table.verdict(row("1"), value) for value in (0.85, 0.84, 0.75, 0.74)] == ["aim", "must", "must", "MISSED"]
    assert [table.verdict(row("2"), value) for value in (1.2, 1.21, 1.4, 1.41)] == ["aim", "must", "must", "MISSED"]
    assert table.verdict(row("4b"), 9.0) == "told"
    for one in table.ROWS:
        assert table.value_of(one, {}) is None and table.verdict(one, None) == "not measured", one.name
    assert table.value_of(row("3"), {"relay": {"frames_per_second": 80}}) is None


def test_medians():
    """medians candidate by candidate, where some rounds have no such; what went wrong is added up"""
    found = run.medians([{"relay": {"frames_per_second": 1, "errors": 1}}, {"relay": {"frames_per_second": 3, "errors": 2}, "hop": {"frames_per_second": 7}},
                         {"relay": {"frames_per_second": 9, "errors": 0}}])
    assert found == {"relay": {"frames_per_second": 3, "errors": 3}, "hop": {"frames_per_second": 7}}, found


def test_judged():
    """a row is made of medians, and its spread of the ratios round by round"""
    played = rounds((80, 100, 90), (90, 100, 90), (40, 50, 40))
    kept = run.judged(row("1"), {"rounds": played, "medians": run.medians(played)})
    assert (kept["value"], kept["least"], kept["most"], kept["verdict"]) == (0.8, 0.8, 0.9, "must"), kept


def test_skipped():
    """a load that this machine cannot play is skipped with its reason"""
    class Never(measures.Measure):
        def unavailable(self, options):
            return "no moon tonight"
    load = run.play(Never(), types.SimpleNamespace(rounds=1), None)
    kept = run.judged(row("19"), load)
    assert (kept["verdict"], kept["reason"], kept["value"]) == ("skipped", "no moon tonight", None), kept
    assert "skipped" in run.line(kept)


def test_errors():
    """faults of every run of ours count; what others lose is theirs"""
    assert run.errors_in({"a": {"medians": {"relay": {"errors": 2}, "kamailio": {"errors": 5}}}, "b": {"medians": {"tls": {"errors": 1}}}, "c": {"skipped": "x"}}) == 3


def test_order():
    """rounds go through the candidates forwards and backwards in turn"""
    assert measures.in_turn("abc", 0) == ["a", "b", "c"] and measures.in_turn("abc", 1) == ["c", "b", "a"]


def test_command_line():
    """--list names rows with what must be reached, "9" stands for 9, 9b and 9c, an unknown row is wrong usage"""
    def said(*words):
        return subprocess.run([sys.executable, ROOT / "bench/run", *words], capture_output=True, text=True, check=False)
    listed = said("--list", "--rows", "9,13")
    assert listed.returncode == 0 and [line.split()[0] for line in listed.stdout.splitlines()] == ["9", "9b", "9c", "13"], listed
    assert "must <= 2048" in listed.stdout
    wrong = said("--list", "--rows", "1,77")
    assert wrong.returncode == 2 and "77" in wrong.stderr, wrong


def test_relay_memory():
    """the memory of a process is read from the kernel"""
    assert measures.resident(os.getpid()) > 1_000_000


tap.run(tap.functions(globals()))

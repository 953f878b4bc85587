#!/usr/bin/env python3
"""The relay core against bench/gate.json, a case a scenario; then that the gate shuts: costs planted in the relay's turns must be found, and
in the judgement of made-up numbers each limit is tried from both sides."""

import importlib.machinery
import importlib.util
import os
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests"))
import tap  # noqa: E402

loader = importlib.machinery.SourceFileLoader("gate", str(ROOT / "bench/gate"))
gate = importlib.util.module_from_spec(importlib.util.spec_from_loader("gate", loader))
sys.dont_write_bytecode = True
loader.exec_module(gate)

PROGRAM = os.environ.get("GATE_LOAD", str(ROOT / "build/bench/gate-load"))
SCENARIOS = ["window16", "window1", "unanswered", "long-way", "rules50", "cuts16KiB", "both-clients", "two-cores", "auth"]


class Counts:
    """Of one run for all cases."""
    build, counted, kept = None, {}, None

    @classmethod
    def take(cls):
        if cls.build is None:
            cls.build, cls.counted = gate.count(PROGRAM)
            cls.kept = gate.read_kept().get(cls.build)
        return cls


def stands(scenario):
    def case():
        counts = Counts.take()
        now = counts.counted[scenario]
        assert now["allocations"] == 0 or now["unit"] in gate.ALLOCATES, f"{now['allocations']} allocations a {now['unit']}"
        if counts.kept is None:
            raise tap.Skip(f"no numbers are kept for {counts.build}; {now['instructions']:,.1f} instructions a {now['unit']}")
        for _, good, said in gate.judge({scenario: now}, counts.kept):
            assert good, f"{said}. Meant so? bench/gate --accept, and the reason in the commit"
    return f"{scenario} costs what it did", case


def test_all_are_judged():
    """gate-load plays these scenarios and no others"""
    assert sorted(Counts.take().counted) == sorted(SCENARIOS), sorted(Counts.take().counted)


def test_repeatable():
    """a second run counts the same within 1 %"""
    faults = list(gate.unlike(Counts.take().counted, gate.count(PROGRAM)[1]))
    assert not faults, faults


def test_planted_instructions():
    """an instruction loop over what is received, planted in the relay's turn, is found in every scenario"""
    healthy = Counts.take().counted
    sick = gate.count(PROGRAM, "--plant", "instructions")[1]
    passed = [name for name, good, _ in gate.judge(sick, healthy) if good]
    assert passed == [], passed


def test_planted_allocation():
    """an allocation for each receive, planted in the relay's turn, is found"""
    sick = gate.count(PROGRAM, "--plant", "allocation", "window16", "window1", "cuts16KiB")[1]
    passed = [name for name, good, _ in gate.judge(sick, sick) if good]
    assert len(sick) == 3 and passed == [], passed


def verdict(now, old):
    def numbers(instructions, allocations=0, unit="frame"):
        return {"x": {"unit": unit, "instructions": instructions, "allocations": allocations}}
    [(_, good, said)] = gate.judge(numbers(*now), numbers(*old) if old else {})
    return good, said


def test_limits():
    """3 % more is let through, more is not; allocations only where a session is made, and no more than were; nothing kept is a fault"""
    assert verdict([1030.0], [1000.0])[0]
    assert not verdict([1030.1], [1000.0])[0]
    assert verdict([900.0], [1000.0])[0] and "--accept" in verdict([900.0], [1000.0])[1]
    assert not verdict([900.0, 0.001], [1000.0])[0]
    assert verdict([1000.0, 16, "exchange"], [1000.0, 16, "exchange"])[0]
    assert not verdict([1000.0, 17, "exchange"], [1000.0, 16, "exchange"])[0]
    assert not verdict([1000.0], None)[0]


def test_unlike():
    """runs more than 1 % apart are told"""
    def run(instructions):
        return {"x": {"instructions": instructions}}
    assert not list(gate.unlike(run(1000.0), run(1010.0))) and list(gate.unlike(run(1000.0), run(1010.1))) and list(gate.unlike(run(1010.1), run(1000.0)))


tap.run([stands(name) for name in SCENARIOS] + tap.functions(globals()))

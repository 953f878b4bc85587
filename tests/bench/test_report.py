#!/usr/bin/env python3
"""docs/performance.md is what the newest results make, and the report of made-up results says what stands in them."""

import copy
import pathlib
import sys
import tempfile
import xml.etree.ElementTree as ElementTree

sys.dont_write_bytecode = True
ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "bench"), str(ROOT / "tests")]
import measures  # noqa: E402
import tap  # noqa: E402

report = measures.script("report")


def row(name, value, verdict, **more):
    return {"name": name, "load": "small", "what": "frames/s to the limit's", "must": 0.75, "aim": 0.85, "more_is_better": True, "value": value,
            "least": value, "most": value, "verdict": verdict, "generator_is_the_limit": False, **more}


RESULTS = {
    "about": {"commit": "abc1234", "date": "2026-01-02 03:04 UTC", "kernel": "6.1", "cpu": "a <fast> one", "cpus": 2, "memory_mib": 4096, "seconds": 3, "rounds": 5,
              "quick": False},
    "file": "made-up.json", "errors": 7,
    "rows": [row("1", 0.9, "aim"), row("2", 0.4, "MISSED"), row("19", None, "skipped", least=None, most=None, reason="too few cores")],
    "loads": {"small": {"rounds": [], "missing": {"kamailio": "kamailio is not installed"},
                        "medians": {"relay": {"frames_per_second": 900_000, "errors": 0, "p50_us": 1500}, "hop": {"frames_per_second": 1_000_000, "generator_is_the_limit": 1},
                                    "forwarder": {"frames_per_second": 500_000}}},
              "across": {"skipped": "too few cores"}}}


def test_page_is_of_the_newest():
    """docs/performance.md and its plots are made of the newest file in bench/results"""
    wrong = list(report.stale(report.newest()))
    assert not wrong, f"{wrong}: run bench/report"


def test_stale_is_found():
    """a page of other results, or none, is found"""
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder)
        assert len(list(report.stale(RESULTS, root))) == 3
        for name, text in report.made(RESULTS).items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text(text, encoding="utf-8")
        assert list(report.stale(RESULTS, root)) == []
        other = copy.deepcopy(RESULTS)
        other["rows"][0]["value"] = 0.91
        assert set(report.stale(other, root)) == {report.PAGE, f"{report.PLOTS}/goals.svg"}


def test_page():
    """the page tells rows with verdicts, candidates, the machine, what was skipped, left out and wrong"""
    text = report.made(RESULTS)[report.PAGE]
    for said in ("commit abc1234", "Linux 6.1", "5 rounds of 3 s", "| 0.900 | 0.900 – 0.900 | ≥ 0.75 | ≥ 0.85 | aim reached |", "**missed**", "across: too few cores",
                 "kamailio (kamailio is not installed)", "left unanswered in all runs: 7.", "| msrp-relay | 900,000 | 1.50 |", "| hop \\* | 1,000,000 | – |",
                 "bench/results/made-up.json"):
        assert said in text, said
    assert "--quick`) beside" not in text
    quick = copy.deepcopy(RESULTS)
    quick["about"]["quick"] = True
    assert "not how fast the relay is" in report.made(quick)[report.PAGE]


def test_plots():
    """plots are well-formed, name every candidate, and the longest bar is the highest rate"""
    made = report.made(RESULTS)
    space = "{http://www.w3.org/2000/svg}"
    rates = ElementTree.fromstring(made[f"{report.PLOTS}/rates.svg"])
    widths = [float(bar.get("width")) for bar in rates.iter(space + "rect")]
    assert len(widths) == 3 and max(widths) == widths[1] and abs(widths[0] / widths[1] - 0.9) < 0.01, widths
    goals = ElementTree.fromstring(made[f"{report.PLOTS}/goals.svg"])
    dots = {dot.get("class"): float(dot.get("cx")) for dot in goals.iter(space + "circle")}
    must = next(float(line.get("x1")) for line in goals.iter(space + "line") if line.get("class") == "must")
    assert len(dots) == 2 and dots["bad"] < must < dots["ours"], (dots, must)


tap.run(tap.functions(globals()))

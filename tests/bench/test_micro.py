#!/usr/bin/env python3
"""bench/micro on stand-ins for its programs and for what callgrind writes."""

import pathlib
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "bench"), str(ROOT / "tests")]
import measures  # noqa: E402
import tap  # noqa: E402

micro = measures.script("micro")


def test_totals():
    """instructions belong to the case whose part they are; what stands in other parts is none's"""
    parts = ["desc: Trigger: Client Request: case3\nevents: Ir\ntotals: 1200\n", "desc: Trigger: Client Request: case10\ntotals: 7\n",
             "desc: Trigger: Program termination\ntotals: 99\n"]
    assert micro.totals(parts) == {3: 1200, 10: 7}


def test_figures():
    """nanoseconds and octets a unit make MB/s; without octets, or without valgrind, there are none"""
    with tempfile.TemporaryDirectory() as folder:
        program = pathlib.Path(folder, "micro-stand-in")
        program.write_text("""#!/bin/sh
echo '{"case": 0, "name": "a frame", "unit": "frame", "units": 10, "octets": 100.0, "ns": 50.0}'
echo '{"case": 1, "name": "a lookup", "unit": "lookup", "units": 10, "octets": 0.0, "ns": 4.0}'
""", encoding="utf-8")
        program.chmod(0o755)
        frame, lookup = micro.measured("framer", program, [], False, 0)
    assert (frame["mb_per_second"], frame["instructions"], lookup["mb_per_second"]) == (2000.0, None, None), (frame, lookup)
    frame["instructions"] = 1234.5
    told = list(micro.table([frame, lookup]))
    assert "20,000,000" in told[0] and "2,000" in told[0] and "1,234.5" in told[0] and told[1].endswith("-"), told


def test_every_program_is_run():
    """the paths are those that bench/meson.build makes programs of, each with its source"""
    recipe = (ROOT / "bench/meson.build").read_text(encoding="utf-8")
    listed = recipe[recipe.index("micro_benches = ["):recipe.index("micro_programs")]
    assert sorted(micro.PATHS) == sorted(line.split("'")[1] for line in listed.splitlines() if line.startswith("  ['"))
    assert sorted(micro.PATHS) == sorted(path.name.removesuffix("_bench.cc") for path in (ROOT / "bench").glob("*_bench.cc"))


def test_wrong_usage():
    """an unknown path is wrong usage, and the known ones are named"""
    done = subprocess.run([sys.executable, ROOT / "bench/micro", "frames"], capture_output=True, text=True, check=False)
    assert done.returncode == 2 and "hyphen_scan" in done.stderr, done


tap.run(tap.functions(globals()))

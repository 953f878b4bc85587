#!/usr/bin/env python3
"""docs/performance.md is what bench/report makes of the newest results, and bench/report --check finds when it is not."""

import pathlib
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests"))
import tap  # noqa: E402


def check(root):
    return subprocess.run([sys.executable, ROOT / "bench/report", "--check", "--root", root], capture_output=True, text=True, check=False)


def test_as_measured():
    """docs/performance.md and its plot say what was measured last"""
    done = check(ROOT)
    assert done.returncode == 0, done.stdout + done.stderr


def test_planted():
    """a number that was changed by hand is found, and a page that is not there"""
    with tempfile.TemporaryDirectory() as folder:
        docs = pathlib.Path(folder) / "docs"
        docs.mkdir()
        for name in ("performance.md", "performance.svg"):
            shutil.copy(ROOT / "docs" / name, docs / name)
        assert check(folder).returncode == 0
        page = docs / "performance.md"
        page.write_text(page.read_text(encoding="utf-8").replace("msrp-relay |", "msrp-relay | 1", 1), encoding="utf-8")
        done = check(folder)
        assert done.returncode == 1 and "performance.md" in done.stdout and "performance.svg" not in done.stdout, done.stdout
        page.unlink()
        assert check(folder).returncode == 1


if __name__ == "__main__":
    tap.run(tap.functions(globals()))

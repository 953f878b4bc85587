#!/usr/bin/env python3
"""docs/tuning.md names what exists: keys, counters, sysctls, pages; and each counter that a limit moves is on it."""

import pathlib
import re
import sys

sys.dont_write_bytecode = True
ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests"))
import tap  # noqa: E402

PAGE = (ROOT / "docs/tuning.md").read_text(encoding="utf-8")
COUNTERS = dict(re.findall(r'X\((\w+), "([^"]*)"\)', (ROOT / "src/relay/counters.h").read_text(encoding="utf-8")))
NEWER = {"kernel.io_uring_disabled", "kernel.io_uring_group"}  # than Debian 12's kernel


def keys():
    """All of docs/configuration.md, which a unit test compares with what the loader knows."""
    table, found = None, set()
    for line in (ROOT / "docs/configuration.md").read_text(encoding="utf-8").splitlines():
        if head := re.match(r"## `\[+(\w+)\]+`", line):
            table = head[1]
        elif key := re.match(r"\| `(\w+)` \|", line):
            found.add((table, key[1]))
    return found


def test_keys():
    """every key that is named exists"""
    named = set(re.findall(r"`\[(\w+)\] (\w+)", PAGE))
    assert len(named) > 10 and named <= keys(), named - keys()


def test_counters():
    """every counter in the table exists"""
    listed = re.findall(r"^\| `(\w+)` \|", PAGE, re.M)
    assert len(listed) > 10 and set(listed) <= set(COUNTERS), set(listed) - set(COUNTERS)
    assert {"mail_sent", "handshakes", "handshakes_resumed"} <= set(COUNTERS)


def test_limits():
    """each counter whose meaning names a limit is in the table"""
    moved = {name for name, meaning in COUNTERS.items() if "[limits]" in meaning}
    listed = set(re.findall(r"^\| `(\w+)` \|", PAGE, re.M))
    assert moved and moved <= listed, moved - listed


def test_sysctls():
    """every sysctl that is named is one of this kernel's"""
    named = set(re.findall(r"`((?:net|kernel|fs)\.[a-z0-9_.]+)`", PAGE))
    lacking = {name for name in named - NEWER if not pathlib.Path("/proc/sys", name.replace(".", "/")).exists()}
    assert len(named) > 5 and not lacking, lacking


def test_pages():
    """every page that is linked to is there"""
    linked = re.findall(r"\]\(([^)#]+)\)", PAGE)
    assert linked and all((ROOT / "docs" / name).exists() for name in linked), linked


tap.run(tap.functions(globals()))

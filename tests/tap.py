"""Runs test functions and prints TAP, so that meson counts every case: one line per case, its traceback as diagnostics.

A case is a function without arguments that returns (good), raises Skip (skipped) or raises anything else (failed).
"""

import sys
import time
import traceback


class Skip(Exception):
    """Raised by a case that cannot run here; its text says why."""


def run(cases):
    """cases: list of (name, function). Exits 0 when none failed. Arguments on the command line select cases by substring."""
    wanted = sys.argv[1:]
    chosen = [case for case in cases if not wanted or any(word in case[0] for word in wanted)]
    print("TAP version 13")
    print(f"1..{len(chosen)}", flush=True)
    failed = 0
    for number, (name, function) in enumerate(chosen, 1):
        name = name.replace("#", "")
        began = time.monotonic()
        try:
            function()
            print(f"ok {number} - {name}")
        except Skip as reason:
            print(f"ok {number} - {name} # SKIP {reason}")
        except BaseException:  # also SystemExit and KeyboardInterrupt: a case never ends the run unseen
            failed += 1
            print(f"not ok {number} - {name}")
            for line in traceback.format_exc().splitlines():
                print(f"# {line}")
        if time.monotonic() - began > 2:
            print(f"# that took {time.monotonic() - began:.1f} s")
        sys.stdout.flush()
    sys.exit(1 if failed else 0)


def functions(module_globals, prefix="test_"):
    """The cases of a module: its functions called test_..., named by their docstring's first line, in order of definition."""
    found = [value for name, value in module_globals.items() if name.startswith(prefix) and callable(value)]
    found.sort(key=lambda function: function.__code__.co_firstlineno)
    return [(((function.__doc__ or function.__name__).strip().splitlines()[0]), function) for function in found]

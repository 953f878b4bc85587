#!/usr/bin/env python3
"""Proves that misuse of a type does not compile.

usage: check.py DIRECTORY COMPILER [ARGUMENT...]

Each *.cc of DIRECTORY is compiled twice: with -DGOOD it must compile, without it must not, and the compiler must say one of the
fragments of the first line, which is a comment:   // expect: fragment | fragment in the words of the other compiler
So a case that fails for the wrong reason (a missing header, a typo) is a failed case. Prints TAP, a line for each half.
"""

import os
import pathlib
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
import tap  # noqa: E402


def compile(command, path, good):
    done = subprocess.run([*command, "-fsyntax-only", "-fdiagnostics-color=never", *(["-DGOOD"] if good else []), str(path)],
                          capture_output=True, text=True, env={**os.environ, "LC_ALL": "C"})
    return done.returncode, done.stderr


def must_compile(command, path):
    code, errors = compile(command, path, good=True)
    assert code == 0, f"the good half does not compile:\n{errors}"


def must_fail(command, path):
    first = path.read_text(encoding="utf-8").split("\n")[0]
    assert first.startswith("// expect: "), "the first line must be '// expect: FRAGMENT'"
    fragments = [fragment.strip() for fragment in first[len("// expect: "):].split("|")]
    code, errors = compile(command, path, good=False)
    assert code != 0, "the misuse compiles"
    assert any(fragment in errors for fragment in fragments), f"it fails, but without any of {fragments}:\n{errors}"


def main():
    directory, *command = sys.argv[1:]
    sys.argv[1:] = []
    cases = []
    for path in sorted(pathlib.Path(directory).glob("*.cc")):
        cases.append((f"{path.stem}: good half compiles", lambda path=path: must_compile(command, path)))
        cases.append((f"{path.stem}: misuse does not", lambda path=path: must_fail(command, path)))
    assert cases, f"no *.cc in {directory}"
    tap.run(cases)


main()

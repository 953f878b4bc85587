"""Runs builds and test programs and counts their cases; knows nothing of this project's stages.

What counts as one test: a TEST_CASE of a Catch2 program (suite "catch2"), a line of a TAP program, else the program itself.
"""

import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ElementTree
from concurrent.futures import ThreadPoolExecutor

PASSED, FAILED, SKIPPED = "passed", "failed", "skipped"
TERMINAL = sys.stdout.isatty()
TAIL = 40  # lines of a failed program that are shown


def coloured(text, colour):
    codes = {"green": "32", "red": "31", "yellow": "33", "bold": "1"}
    return f"\033[{codes[colour]}m{text}\033[0m" if TERMINAL else text


def say(text):
    print(text, flush=True)


def tail(text, lines=TAIL):
    kept = text.rstrip().split("\n")[-lines:]
    return "\n".join("    " + line for line in kept)


class Report:
    """Counts cases, prints a line per stage and, at the end, every failed case and the totals."""

    def __init__(self):
        self.count = {PASSED: 0, FAILED: 0, SKIPPED: 0}
        self.failed = []

    def stage(self, name, function):
        """Runs one stage: function() returns cases (name, status, detail). True when none failed."""
        say(coloured(f"== {name}", "bold"))
        began = time.monotonic()
        cases = function()
        seconds = time.monotonic() - began
        count = {status: sum(1 for case in cases if case[1] == status) for status in self.count}
        for case, status, detail in cases:
            self.count[status] += 1
            if status == FAILED:
                self.failed.append(f"{name}: {case}")
                say(f"   {coloured('FAILED', 'red')} {case}")
                if detail:
                    say(tail(detail))
            elif status == SKIPPED:
                say(f"   {coloured('skipped', 'yellow')} {case}: {detail}")
        text = ", ".join(f"{number} {status}" for status, number in count.items() if number or status == PASSED)
        say(f"   {name}: {coloured('FAILED', 'red') if count[FAILED] else coloured('ok', 'green')}, {text}, {seconds:.1f} s")
        return count[FAILED] == 0

    def finish(self):
        """Prints the failed cases and the last line; the exit status."""
        for name in self.failed:
            say(f"{coloured('FAILED', 'red')} {name}")
        say(f"{self.count[PASSED]} passed, {self.count[FAILED]} failed" + (f", {self.count[SKIPPED]} skipped" if self.count[SKIPPED] else ""))
        return 1 if self.count[FAILED] else 0


def run(command, timeout=None, env=None, cwd=None):
    """(exit status, output of both streams). A run past its time is killed with its children: status None."""
    with subprocess.Popen([str(word) for word in command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
                          env={**os.environ, **(env or {})}, cwd=cwd, start_new_session=True) as process:
        try:
            output = process.communicate(timeout=timeout)[0]
            return process.returncode, output.decode(errors="replace")
        except BaseException as stopped:
            os.killpg(process.pid, signal.SIGKILL)
            output = process.communicate()[0].decode(errors="replace")
            if isinstance(stopped, subprocess.TimeoutExpired):
                return None, output
            raise


def how_it_ended(status, timeout):
    if status is None:
        return f"still running after {timeout:.0f} s, killed"
    return f"killed by {signal.Signals(-status).name}" if status < 0 else f"exit status {status}"


def ninja(folder, targets):
    """Builds with a line of progress now and then; (good, output without the progress)."""
    environment = {**os.environ, "NINJA_STATUS": "[%f/%t] "}
    kept, shown = [], time.monotonic()
    with subprocess.Popen(["ninja", "-C", str(folder), "-k", "5", *targets], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          errors="replace", env=environment) as process:
        for line in process.stdout:
            progress = re.match(r"\[\d+/\d+\] ", line)
            if not progress:
                kept.append(line)
            elif time.monotonic() - shown > 10:
                shown = time.monotonic()
                say(f"   {line.rstrip()[:120]}")
    return process.returncode == 0, "".join(kept)


def first_error(output):
    """From the first error of a build on: what follows is often noise."""
    lines = output.split("\n")
    at = next((number for number, line in enumerate(lines) if re.search(r"\berror: |^FAILED|ERROR", line)), 0)
    return "\n".join(lines[at:at + TAIL])


def meson_tests(folder, suite):
    """What meson knows of the tests of one suite in a build folder."""
    listed = json.loads(subprocess.run(["meson", "introspect", "--tests", str(folder)], capture_output=True, check=True, text=True).stdout)
    return [test for test in listed if any(name.split(":")[-1] == suite for name in test["suite"])]


def catch2_cases(path):
    """(name, status, detail) per TEST_CASE of Catch2's XML report, as far as it was written."""
    cases = []
    try:
        for _, element in ElementTree.iterparse(path):
            if element.tag != "TestCase":
                continue
            result = element.find("OverallResult")
            good = result is not None and result.get("success") == "true"
            skipped = good and result.get("skips", "0") != "0"
            cases.append((element.get("name"), SKIPPED if skipped else PASSED if good else FAILED, "see the test" if skipped else ""))
    except (ElementTree.ParseError, FileNotFoundError):
        pass
    return cases


def tap_cases(output):
    """(name, status, detail) per TAP line, and the number planned (None: no plan)."""
    cases, planned = [], None
    for line in output.split("\n"):
        plan = re.match(r"1\.\.(\d+)", line)
        if plan:
            planned = int(plan[1])
        found = re.match(r"(not )?ok\s+\d*\s*-?\s*(.*?)(?:\s+#\s*(SKIP)\S*\s*(.*))?$", line, re.I)
        if found:
            cases.append([found[2], FAILED if found[1] else SKIPPED if found[3] else PASSED, found[4] or ""])
        elif line.startswith("#") and cases and cases[-1][1] == FAILED:
            cases[-1][2] += line[1:] + "\n"
    return [tuple(case) for case in cases], planned


def run_test(test, env, slower, arguments=()):
    """The cases of one meson test. `slower` stretches its time limit."""
    limit = (test["timeout"] or 30) * slower
    name = test["name"]
    command = [*test["cmd"], *arguments]
    environment = {**test["env"], **env}
    if any(suite.endswith("catch2") for suite in test["suite"]):
        with tempfile.TemporaryDirectory() as folder:
            report = os.path.join(folder, "report.xml")
            status, output = run([*command, "-r", "console", "-r", f"xml::out={report}"], limit, environment, test["workdir"])
            cases = [(f"{name}: {case}", result, output if result == FAILED else detail) for case, result, detail in catch2_cases(report)]
    elif test["protocol"] == "tap":
        status, output = run(command, limit, environment, test["workdir"])
        cases, planned = tap_cases(output)
        cases = [(f"{name}: {case}", result, detail) for case, result, detail in cases]
        if planned is not None and planned != len(cases):
            cases.append((f"{name}: {planned} cases planned, {len(cases)} seen", FAILED, output))
    else:
        status, output = run(command, limit, environment, test["workdir"])
        cases = [(name, {0: PASSED, 77: SKIPPED}.get(status, FAILED), how_it_ended(status, limit) + "\n" + output)]
    if status != 0 and not any(case[1] == FAILED for case in cases) and not (status == 77 and cases):
        cases.append((f"{name}: {how_it_ended(status, limit)}", FAILED, output))
    if not cases:
        cases.append((f"{name}: no case ran", FAILED, output))
    return cases


def run_tests(tests, env=None, slower=1, jobs=None):
    """The cases of several meson tests, side by side where meson allows it."""
    with ThreadPoolExecutor(jobs or os.cpu_count()) as pool:
        side_by_side = [pool.submit(run_test, test, env or {}, slower) for test in tests if test["is_parallel"]]
        cases = [case for done in side_by_side for case in done.result()]
    for test in tests:
        if not test["is_parallel"]:
            cases += run_test(test, env or {}, slower)
    return cases

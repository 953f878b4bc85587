#!/usr/bin/env python3
"""The stages of tools/test and tools/check (which call this after tools/setup)."""

import argparse
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

import harness
from harness import FAILED, PASSED, SKIPPED, run

ROOT = pathlib.Path(__file__).resolve().parents[2]
JOBS = os.cpu_count() or 1
SANITIZER_ENV = {
    "ASAN_OPTIONS": "detect_stack_use_after_return=1:strict_string_checks=1:detect_leaks=1:abort_on_error=0",
    "UBSAN_OPTIONS": "halt_on_error=1:print_stacktrace=1",
    "E2E_PATIENCE": "30",  # seconds; a sanitized daemon on a busy machine
    "TSAN_OPTIONS": "halt_on_error=0:exitcode=66:second_deadlock_stack=1",
}

# Three builds, because three kinds of code are wanted: what ships; clang with every check and the fuzzers' coverage; threads watched.
CLANG = {"CXX": "clang++-19", "CXX_LD": "lld-19"}
LEAN = ["-Dbuildtype=plain", "-Doptimization=1", "-Db_lto=false", "-Dmimalloc=false", "-Db_lundef=false"]
BUILDS = {
    "build": ({"CXX": "g++"}, ["-Dtests=true"]),
    "build-asan": (CLANG, [*LEAN, "-Db_sanitize=address,undefined", "-Dfuzzers=true", "-Dtests=true",
                           "-Dcpp_args=-gline-tables-only -fsanitize=fuzzer-no-link -fno-omit-frame-pointer"]),
    "build-tsan": (CLANG, [*LEAN, "-Db_sanitize=thread", "-Dtests=true", "-Dcpp_args=-gline-tables-only"]),
}


class Run:
    """What was asked for, and what was built so far."""

    def __init__(self, seeds, fuzz_seconds, sim_seconds=None, fail_fast=False, patience=1, long=False):
        self.seeds, self.fuzz_seconds, self.sim_seconds, self.fail_fast = seeds, fuzz_seconds, sim_seconds, fail_fast
        self.patience = patience  # stretches the tests' time limits
        self.long = long
        self.report = harness.Report()
        self.built = {}

    def build(self, folder):
        """Configures and builds a folder once; counts as one test."""
        if folder not in self.built:
            self.built[folder] = self.report.stage(f"build {folder}", lambda: build(folder))
        return self.built[folder]

    def stage(self, stage):
        name, folder, function, _ = stage
        if folder and not self.build(folder):
            return self.report.stage(name, lambda: [(name, SKIPPED, f"{folder} did not build")]) and False
        return self.report.stage(name, lambda: function(self))


def build(folder):
    """One case: configured and built."""
    environment, options = BUILDS[folder]
    path = ROOT / folder
    base = [f"-Dpkg_config_path={ROOT}/.deps/wolfssl/lib/pkgconfig", *options]
    if not (path / "build.ninja").exists():
        status, output = run(["meson", "setup", path, *base], env=environment, cwd=ROOT)
    elif not has_tests(path):
        status, output = run(["meson", "configure", path, *base], env=environment, cwd=ROOT)
    else:
        status, output = 0, ""
    if status != 0:
        return [("meson", FAILED, output)]
    good, output = harness.ninja(path, threaded_targets(path) if folder == "build-tsan" else [])
    return [("built without a warning", PASSED if good else FAILED, harness.first_error(output))]


def introspect(path, what):
    return json.loads(subprocess.run(["meson", "introspect", what, str(path)], capture_output=True, check=True, text=True).stdout)


def has_tests(path):
    return any(option["name"] == "tests" and option["value"] is True for option in introspect(path, "--buildoptions"))


def programs(path, wanted):
    """Programs of a build folder whose name wanted() likes, as {name: file}."""
    return {target["name"]: target["filename"][0] for target in introspect(path, "--targets")
            if target["type"] == "executable" and wanted(target["name"])}


def threaded_targets(path):
    """What has more than one thread, the program that commands it, and the tests of the ring layer."""
    files = programs(path, lambda name: name in ("msrp-relay", "msrp-blaster", "msrpctl") or name.startswith("ring-"))
    return [os.path.relpath(file, path) for file in files.values()]


def sources(*tops):
    return sorted(path for top in tops for path in (ROOT / top).rglob("*") if path.suffix in (".h", ".cc"))


def format_check(_):
    """One case a file."""
    def case(path):
        status, output = run(["clang-format-19", "--dry-run", "-Werror", path], cwd=ROOT)
        places = re.findall(r":(\d+):\d+: error", output)
        told = f"line {', '.join(sorted(set(places), key=int)[:10])}: clang-format-19 -i {path.relative_to(ROOT)}" if places else output
        return str(path.relative_to(ROOT)), PASSED if status == 0 else FAILED, told
    return in_parallel(case, sources("include", "src", "tests", "bench"))


def in_parallel(function, items):
    with harness.ThreadPoolExecutor(JOBS) as pool:
        return list(pool.map(function, items))


def script(name, protocol, *words):
    return {"name": name, "cmd": [sys.executable, *map(str, words)], "env": {}, "suite": [], "protocol": protocol, "workdir": ROOT,
            "timeout": 120, "is_parallel": True}


def tidy(_):
    conformance = ROOT / "tests/conformance"
    return harness.run_tests([script("tree", "exitcode", ROOT / "tests/tidy/tidy.py"), script("planted", "tap", ROOT / "tests/tidy/tidy_test.py"),
                              script("conformance", "exitcode", conformance / "generate.py", "--check"),
                              script("conformance planted", "tap", conformance / "generate_test.py")])


def compile_fail(_):
    check = [ROOT / "tests/compile_fail/check.py", ROOT / "tests/compile_fail"]
    words = ["-std=c++23", f"-I{ROOT}/include", f"-I{ROOT}/src"]
    return harness.run_tests([script(compiler, "tap", *check, compiler, *words) for compiler in ("g++", "clang++-19")])


def suite(folder, *names, slower=1):
    """A stage that runs suites of a build folder."""
    def stage(asked):
        tests = [test for name in names for test in harness.meson_tests(ROOT / folder, name)]
        environment = {"E2E_LONG": "1"} if asked.long else {}
        return harness.run_tests(tests, environment | (SANITIZER_ENV if folder != "build" else {}), slower * asked.patience) or [(f"suites {names}", FAILED, "no test was found")]
    return stage


def simulator(folder, slower, share):
    """Seeds of the simulator, divided over the processors (SIM_SEEDS or SIM_SECONDS and --first are its face, tests/sim); the other tests of its
    suite show that planted bugs are found."""
    def stage(asked):
        tests = harness.meson_tests(ROOT / folder, "sim")
        environment = {} if folder == "build" else SANITIZER_ENV
        seeds = max(1, int(asked.seeds * share / JOBS))
        amount = {"SIM_SECONDS": str(asked.sim_seconds)} if asked.sim_seconds else {"SIM_SEEDS": str(seeds)}
        parts = [(test, part) for test in tests if test["name"] == "sim" for part in range(JOBS)]

        def play(item):
            test, part = item
            first = part * (10_000_000 if asked.sim_seconds else seeds) + 1
            told = f"{asked.sim_seconds} s of seeds" if asked.sim_seconds else f"{seeds} seeds"
            return harness.run_test({**test, "name": f"{told} from {first}"}, {**environment, **amount}, slower * asked.patience, ["--first", str(first)])
        cases = [case for part in in_parallel(play, parts) for case in part]
        if not cases:
            return [("seeds", FAILED, "there is no simulator")]
        return cases + harness.run_tests([test for test in tests if test["name"] != "sim"], environment, slower)
    return stage


def fuzz(asked):
    """Two cases a target: its corpus, then some seconds of search from it."""
    targets = programs(ROOT / "build-asan", lambda name: name.startswith("fuzz-"))

    def case(item):
        name, program = item
        corpus = ROOT / "tests/fuzz/corpus" / name.removeprefix("fuzz-")
        seeds = [str(corpus)] if corpus.is_dir() else []
        found = ROOT / "build-asan/fuzz-found" / name
        found.mkdir(parents=True, exist_ok=True)
        fixed = [program, f"-artifact_prefix={found}/", "-timeout=10", "-rss_limit_mb=2048"]
        status, output = run([*fixed, "-runs=0", *seeds], 120, SANITIZER_ENV)
        cases = [(f"{name}: corpus", PASSED if status == 0 else FAILED, output)]
        if status == 0:
            with tempfile.TemporaryDirectory() as fresh:
                status, output = run([*fixed, f"-max_total_time={asked.fuzz_seconds}", fresh, *seeds], asked.fuzz_seconds + 60, SANITIZER_ENV)
            cases.append((f"{name}: {asked.fuzz_seconds} s of search", PASSED if status == 0 else FAILED, output + f"inputs found: {found}"))
        return cases
    return [case for cases in in_parallel(case, targets.items()) for case in cases] or [("fuzz targets", FAILED, "none was built")]


def lint(files):
    """clang-tidy, one case a file; it reads the commands of the clang build."""
    def stage(_):
        def case(path):
            status, output = run(["clang-tidy-19", "--quiet", "-p", ROOT / "build-asan", path], 600, cwd=ROOT)
            return str(path.relative_to(ROOT)), PASSED if status == 0 else FAILED, output
        return in_parallel(case, files())
    return stage


def changed_sources():
    """The .cc files that differ from the last commit, or are in the last commit when none does."""
    def git(*words):
        done = subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True)
        return [ROOT / line for line in done.stdout.split("\n") if line]
    if not shutil.which("git"):
        return []
    changed = git("diff", "--name-only", "HEAD") + git("ls-files", "--others", "--exclude-standard")
    if not any(path.suffix in (".h", ".cc") for path in changed):
        changed = git("diff", "--name-only", "HEAD~1", "HEAD")
    return sorted(path for path in set(changed) if path.suffix == ".cc" and path.exists() and "compile_fail" not in path.parts)


def all_sources():
    return [path for path in sources("src") if path.suffix == ".cc"]


# (name, build it needs, function, one line of help)
TEST = [
    ("format", None, format_check, "clang-format-19 finds nothing to change"),
    ("tidy", None, tidy, "layers, libraries, sizes, docs/conformance.md: the house rules, and planted breaches of them"),
    ("compile_fail", None, compile_fail, "misuse of the types does not compile, by both compilers"),
    ("unit", "build", suite("build", "unit"), "every layer's unit tests, in the build that ships (g++, LTO)"),
    ("ring", "build", suite("build", "ring"), "one contract for both rings, on this kernel"),
    ("sim", "build", simulator("build", 4, 1), "the whole relay on virtual time, by seeds"),
    ("e2e", "build", suite("build", "e2e"), "the daemon on real sockets against an independent client"),
    ("gate", "build", suite("build", "gate"), "instructions and allocations a frame costs, beside bench/gate.json (valgrind)"),
    ("bench", "build", suite("build", "bench"), "what bench/run and its like make of made-up measurements; docs/performance.md is of the newest"),
    ("packages", "build", suite("build", "packages"), "Debian packages: lintian, sandbox, completion, manual; installed, upgraded, purged in a fresh root"),
    ("ktls", "build", suite("build", "ktls"), "TLS by the kernel: everything again in a virtual machine with Debian's 6.1"),
    ("unit-asan", "build-asan", suite("build-asan", "unit", "ring", slower=4), "unit and ring again: clang-19, AddressSanitizer, UBSan"),
    ("sim-asan", "build-asan", simulator("build-asan", 20, 0.2), "a fifth of the seeds, sanitized"),
    ("e2e-asan", "build-asan", suite("build-asan", "e2e", slower=4), "the daemon sanitized; leaks are found at its end"),
    ("fuzz", "build-asan", fuzz, "each fuzz target: its corpus, then a short search"),
    ("tsan", "build-tsan", suite("build-tsan", "ring", "e2e", slower=8), "mailboxes and the daemon under ThreadSanitizer"),
]
LINT_ALL = ("lint", "build-asan", lint(all_sources), "clang-tidy-19 over all sources (minutes; only by --long or --only)")
CHECK = [
    ("format", None, format_check, "clang-format-19"),
    ("tidy", None, tidy, "house rules"),
    ("unit", "build-asan", suite("build-asan", "unit", slower=4), "unit tests"),
    ("compile_fail", None, compile_fail, "misuse does not compile"),
    ("ring", "build-asan", suite("build-asan", "ring", slower=4), "ring contract"),
    ("sim", "build-asan", simulator("build-asan", 20, 1), "30 s of seeds"),
    ("fuzz", "build-asan", fuzz, "10 s a target"),
    ("lint", "build-asan", lint(changed_sources), "clang-tidy-19 over the changed files"),
]

TEST_HELP = """tools/test [--only STAGE]... [--long] [--list]

Installs what is missing, builds, passes every test. The last line is "N passed, N failed" (", N skipped" may follow), with every
failed test named above it; the exit status is 0 when none failed. Stages, in this order:

{stages}

  --only STAGE  this stage alone (again for more); what it needs is built first
  --long        100,000 seeds, 10 minutes of fuzzing a target, clang-tidy over everything, a file of 1 GiB through a slow chain
  --list        the names of the stages

Builds: build/ (g++, release, what ships), build-asan/ (clang-19, ASan, UBSan, fuzzers), build-tsan/ (clang-19). To run one test alone:
  build/tests/unit/unit-msrp 'name of a TEST_CASE'      one Catch2 case
  meson test -C build --suite e2e                       one suite
  MSRP_RELAY=build/msrp-relay python3 tests/e2e/test_auth.py    one e2e file (a word as argument selects cases)
A failed simulation prints the seed that replays it. While you work, tools/check is quicker."""
CHECK_HELP = """tools/check [--only STAGE]... [--list]

The developer's loop, in one build (build-asan/: clang-19, ASan, UBSan, fuzzers), fast parts first; stops at the first stage that fails.

{stages}"""


def main():
    kind = sys.argv[1]
    stages = TEST if kind == "test" else CHECK
    known = stages + ([LINT_ALL] if kind == "test" else [])
    listing = "\n".join(f"  {name:<13} {text}" for name, _, _, text in known)
    parser = argparse.ArgumentParser(prog=f"tools/{kind}", add_help=False)
    parser.add_argument("--help", "-h", action="store_true")
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--only", action="append", default=[], choices=[stage[0] for stage in known], metavar="STAGE")
    if kind == "test":
        parser.add_argument("--long", action="store_true")
    asked = parser.parse_args(sys.argv[2:])
    if asked.help:
        print((TEST_HELP if kind == "test" else CHECK_HELP).format(stages=listing))
        return 0
    if asked.list:
        print("\n".join(stage[0] for stage in known))
        return 0
    if kind == "check":
        this = Run(seeds=0, sim_seconds=30, fuzz_seconds=10, fail_fast=True)
    elif asked.long:
        this = Run(seeds=100_000, fuzz_seconds=600, patience=100, long=True)
        stages = known
    else:
        this = Run(seeds=1500, fuzz_seconds=8)
    for stage in ([stage for stage in known if stage[0] in asked.only] or stages):
        if not this.stage(stage) and this.fail_fast:
            break
    return this.report.finish()


if __name__ == "__main__":
    sys.exit(main())

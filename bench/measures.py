"""Ways to measure: each plays one load on its candidates, once a round, and tells figures of each of them.

    unavailable(options)        why this machine cannot play it; None: it can
    round(number, stage)        {candidate: {figure: number}}; one that failed is missing, and stage.say told why

A figure "generator_is_the_limit" is 1 where msrp-blaster said so, and "errors" counts what it found wrong.
"""

import dataclasses
import importlib.machinery
import importlib.util
import os
import pathlib
import signal
import subprocess
import sys
import threading

HERE = pathlib.Path(__file__).resolve().parent


def script(name):
    """A program of this folder as a module."""
    loader = importlib.machinery.SourceFileLoader(name, str(HERE / name))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader(name, loader))
    loader.exec_module(module)
    return module


compare, gate, handshakes = script("compare"), script("gate"), script("handshakes")


@dataclasses.dataclass
class Stage:
    """Where the candidates live. options: of bench/run; missing: candidates that this machine has not."""
    folder: pathlib.Path
    options: object
    missing: dict = dataclasses.field(default_factory=dict)

    @staticmethod
    def say(text):
        print(f"    {text}", file=sys.stderr, flush=True)

    def play(self, name, use):
        """use(candidate) of a fresh one, or None where there is none."""
        if name in self.missing:
            return None
        try:
            with compare.running(name, self.folder, self.options) as candidate:
                return use(candidate)
        except LookupError as reason:
            self.say(f"{name} is left out: {reason}")
            self.missing[name] = str(reason)
            return None

    def blast(self, candidate, words):
        return compare.run_blaster(candidate, self.options, words)


def told_figures(told):
    found = {**compare.figures(told), "generator_is_the_limit": int(told["generator"]["is_the_limit"])}
    seconds = told["cpu"].get("relay_seconds")
    if seconds:
        found["mb_per_cpu_second"] = told["octets"]["delivered"] / 1e6 / seconds
    return found


def resident(pid):
    """Octets of memory (VmRSS)."""
    for line in pathlib.Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024
    raise ProcessLookupError(pid)


def in_turn(names, number):
    """Forwards in even rounds, backwards in odd ones: what drifts, drifts for all."""
    return list(names) if number % 2 == 0 else list(reversed(list(names)))


class Measure:
    def unavailable(self, options):
        return None


class Traffic(Measure):
    """The blaster with these words. candidates: names as bench/compare has them, or {label: (name, more words ...)}."""

    def __init__(self, candidates, words):
        self.candidates = candidates if isinstance(candidates, dict) else {name: (name,) for name in candidates}
        self.words = words

    def round(self, number, stage):
        found = {}
        for label in in_turn(self.candidates, number):
            name, *more = self.candidates[label]
            told = stage.play(name, lambda candidate, more=more: stage.blast(candidate, [*self.words, *more, "--duration", stage.options.seconds]))
            if told is not None:
                found[label] = told_figures(told)
        return found


class Gate(Measure):
    """Instructions a frame on a simulated ring (bench/gate): the same in each round, so it is counted in the first only."""

    def __init__(self, scenarios):
        self.scenarios = scenarios

    def unavailable(self, options):
        if not pathlib.Path(options.gate_load).exists():
            return f"{options.gate_load} is not built (it wants -Dtests=true and valgrind)"
        return None

    def round(self, number, stage):
        if number > 0:
            return {}
        try:
            _, counted = gate.count(stage.options.gate_load, *self.scenarios)
        except (gate.Unusable, OSError) as reason:
            stage.say(str(reason))
            return {}
        return {name: {"instructions": counted[name]["instructions"]} for name in self.scenarios}


class Enters(Measure):
    """System calls a delivered frame, counted by the kernel (perf stat on its tracepoint). words: --pairs first."""
    EVENT = "syscalls:sys_enter_io_uring_enter"

    def __init__(self, words):
        self.words = words

    def unavailable(self, options):
        try:
            done = subprocess.run(["perf", "stat", "-e", self.EVENT, "true"], capture_output=True, text=True, check=False)
        except OSError:
            return "perf is not installed"
        if done.returncode != 0 or "<not" in done.stderr:
            return f"perf cannot count {self.EVENT} here (it needs root and tracefs)"
        return None

    def counted(self, stage, candidate, *more):
        """(calls, what the blaster told)"""
        counter = subprocess.Popen(["perf", "stat", "-x", ",", "-e", self.EVENT, "-p", str(candidate.process.pid)], stdout=subprocess.DEVNULL,
                                   stderr=subprocess.PIPE, text=True)
        try:
            told = stage.blast(candidate, [*self.words, *more])
        finally:
            counter.send_signal(signal.SIGINT)
            said = counter.communicate()[1]
        return (int(said.split(",")[0]), told) if told and said[:1].isdigit() else (0, None)

    def round(self, number, stage):
        def use(candidate):
            before, first = self.counted(stage, candidate, "--messages", self.words[1])  # one a pair: what links and AUTH cost
            calls, told = self.counted(stage, candidate, "--duration", stage.options.seconds)
            if first is None or told is None:
                return None
            frames = told["frames"]["delivered"] - first["frames"]["delivered"]
            return {**told_figures(told), "enters_per_frame": round((calls - before) / frames, 3)}  # timers wake it, too
        found = stage.play("relay", use)
        return {"relay": found} if found else {}


class Memory(Measure):
    """Growth of VmRSS from a few idle sessions, each on a link of its own, to many."""
    FEW = 1000

    def __init__(self, candidates):
        self.candidates = candidates

    @staticmethod
    def many(options):
        return 4000 if options.quick else 15_000

    def unavailable(self, options):
        import resource
        allowed = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        need = self.many(options) + 500
        return f"{need} open files are needed and {allowed} allowed" if 0 <= allowed < need else None

    def round(self, number, stage):
        found = {}
        for name in in_turn(self.candidates, number):
            sizes = [stage.play(name, lambda candidate, count=count: self.size(stage, candidate, count)) for count in (self.FEW, self.many(stage.options))]
            if None not in sizes:
                found[name] = {"octets_per_session": (sizes[1] - sizes[0]) / (self.many(stage.options) - self.FEW), "errors": 0}
        return found

    @staticmethod
    def size(stage, candidate, count):
        told = stage.blast(candidate, ["--pairs", 1, "--rate", "10/s", "--duration", 1, "--idle-sessions", count])
        samples = [sample["relay_memory"] for sample in told["timeline"] if "relay_memory" in sample] if told else []
        if not samples or sum(told["errors"].values()):
            return None
        return samples[-1]


class Auths(Measure):
    """1,000 idle sessions authenticate again, more often than one core can answer."""

    def __init__(self, candidates):
        self.candidates = candidates

    def round(self, number, stage):
        words = ["--pairs", 1, "--rate", "10/s", "--idle-sessions", 1000, "--auth-rate", "60k/s", "--duration", stage.options.seconds]
        found = {}
        for name in in_turn(self.candidates, number):
            told = stage.play(name, lambda candidate: stage.blast(candidate, words))
            if told and told["cpu"].get("relay_seconds"):
                count = told["auths_us"]["count"]
                found[name] = {"per_cpu_second": count / told["cpu"]["relay_seconds"], "per_second": count / told["seconds"], "errors": sum(told["errors"].values()),
                               "generator_is_the_limit": int(told["generator"]["is_the_limit"])}
        return found


class Handshakes(Measure):
    """Made a second of the candidate's CPU (bench/handshakes): the client's end costs as much, so the rate that is seen is the slower one's."""

    def __init__(self, candidates):
        self.candidates = candidates

    def unavailable(self, options):
        try:
            subprocess.run(["openssl", "version"], capture_output=True, check=True)
        except (OSError, subprocess.CalledProcessError):
            return "openssl is not installed"
        return None

    def round(self, number, stage):
        options = stage.options
        options.version, options.client_cpu = "tls1_3", options.blaster_cpu
        found = {}
        for name in in_turn(self.candidates, number):
            def use(candidate):
                candidate.secure_port = getattr(candidate, "secure_port", candidate.port)  # HAProxy has TLS on its one port
                return handshakes.once(candidate, "full", options)
            measured = stage.play("tls" if name == "relay" else name, use)
            if measured:
                found[name] = {"per_second": measured[0], "per_cpu_second": measured[1], "errors": 0}
        return found


class Crossing(Measure):
    """One session whose two links the kernel gives to the same core, or to two: which, the threads' CPU time tells. Plays until both were seen."""
    TRIES = 16

    def unavailable(self, options):
        cpus = len(os.sched_getaffinity(0))
        return None if cpus >= 3 else f"two cores of the relay and one for the generator are needed, and {cpus} are here"

    def round(self, number, stage):
        options = stage.options
        cpus = [cpu for cpu in sorted(os.sched_getaffinity(0)) if cpu != options.blaster_cpu][:2]
        found = {}
        for _ in range(self.TRIES):
            candidate = compare.OurRelay("relay", stage.folder, ",".join(map(str, cpus)), options.relay, cores=str(cpus))
            try:
                told = stage.blast(candidate, ["--pairs", 1, "--size", 64, "--window", 16, "--no-sender-auth", "--duration", options.seconds])
                busy = sorted(self.thread_seconds(candidate.process.pid), reverse=True)
            finally:
                candidate.stop()
            if told is not None:
                found.setdefault("across" if busy[1] > 0.2 * busy[0] else "same", told_figures(told))
            if len(found) == 2:
                break
        return found

    @staticmethod
    def thread_seconds(pid):
        for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
            fields = (task / "stat").read_text(encoding="ascii").rsplit(") ", 1)[1].split()
            yield (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class Soak(Measure):
    """Memory over 100 million frames, from a tenth of them on; a million with --quick. Once, not every round."""

    @staticmethod
    def frames(options):
        return 1_000_000 if options.quick else 100_000_000

    def round(self, number, stage):
        if number > 0:
            return {}
        wanted = self.frames(stage.options)

        def use(candidate):
            sizes, ended = [], threading.Event()

            def watch():
                while not ended.wait(0.2):
                    sizes.append(resident(candidate.process.pid))
            watcher = threading.Thread(target=watch)
            watcher.start()
            try:
                told = stage.blast(candidate, ["--pairs", 100, "--size", 64, "--window", 16, "--messages", wanted])
            finally:
                ended.set()
                watcher.join()
            if told is None or len(sizes) < 3:
                return None
            return {**told_figures(told), "growth_mib": (sizes[-1] - sizes[max(1, len(sizes) // 10)]) / 2**20, "frames": told["frames"]["delivered"]}
        found = stage.play("relay", use)
        return {"relay": found} if found else {}

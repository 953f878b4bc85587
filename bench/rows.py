"""What is said about speed, row by row: the load it is measured under, what must and should be reached, and how it follows from what the candidates
of that load have shown (measures.py plays them)."""

import dataclasses
import typing

from measures import Auths, Crossing, Enters, Gate, Handshakes, Memory, Soak, Traffic

LIMIT = ("forwarder", "hop")  # bench/limit.cc: the better one is the limit
ALL = ("relay", *LIMIT, "haproxy", "kamailio")
BULK = ("relay", *LIMIT, "haproxy")  # Kamailio takes no frame above 64 KiB, and few pairs with 16 KiB
IN_CHUNKS = ("--size", "64MiB", "--chunk", "1MiB", "--window", 2)
SMALL = ("--pairs", 100, "--size", 64, "--window", 16)

FIRST = "64 B, 100 pairs, window 16"
ONE_PAIR = "64 B, 1 pair, window 1"
LOADS = {
    FIRST: Traffic(ALL, SMALL),
    ONE_PAIR: Traffic(ALL, ("--pairs", 1, "--size", 64, "--window", 1)),
    "64 B, 100 pairs, 2,000/s (open loop)": Traffic(ALL, ("--pairs", 100, "--size", 64, "--rate", "2000/s")),
    "64 B, 100 pairs, window 1": Traffic(ALL, ("--pairs", 100, "--size", 64, "--window", 1)),
    "64 B, 1000 pairs, window 16": Traffic(BULK, ("--pairs", 1000, "--size", 64, "--window", 16)),
    "1 KiB, 100 pairs, window 16": Traffic(ALL, ("--pairs", 100, "--size", "1KiB", "--window", 16)),
    "16 KiB, 100 pairs, window 16": Traffic(BULK, ("--pairs", 100, "--size", "16KiB", "--window", 16)),
    "64 MiB in 1 MiB chunks, 1 pair": Traffic(BULK, ("--pairs", 1, *IN_CHUNKS)),
    "64 MiB in 1 MiB chunks, 8 pairs": Traffic(BULK, ("--pairs", 8, *IN_CHUNKS)),
    "64 MiB in one chunk, 1 pair": Traffic(BULK, ("--pairs", 1, "--size", "64MiB", "--window", 1)),
    "bodies, 64 MiB in 1 MiB chunks, 8 pairs": Traffic(
        {"text": ("relay", "--known-range"), "open-range": ("relay",), "end-lines": ("relay", "--body", "end-lines")}, ("--pairs", 8, *IN_CHUNKS)),
    "callgrind": Gate(("window16", "two-cores")),
    "system calls, " + ONE_PAIR: Enters(("--pairs", 1, "--size", 64, "--window", 1)),
    "system calls, " + FIRST: Enters(SMALL),
    "idle sessions": Memory(("relay", "tls")),
    "AUTH": Auths(("relay",)),
    "50 rules, 64 B, 100 pairs, window 16": Traffic(("relay", "rules"), SMALL),
    "TLS, 64 B, 100 pairs, window 16": Traffic(("relay", "tls", "tls-one", "haproxy-tls"), SMALL),
    "TLS, 64 MiB in 1 MiB chunks, 8 pairs": Traffic(("relay", "tls", "haproxy-tls"), ("--pairs", 8, *IN_CHUNKS)),
    "full handshakes, TLS 1.3, ECDSA P-256": Handshakes(("relay", "haproxy-tls")),
    "two cores, 64 B, 1 pair, window 16": Crossing(),
    "soak, 64 B, 100 pairs, window 16": Soak(),
}


@dataclasses.dataclass
class Row:
    name: str
    load: str                        # of LOADS
    what: str
    take: typing.Callable            # of {candidate: {figure: number}}; None, or KeyError: it is not there
    more: bool                       # is better
    must: float | None = None        # None: told, and not judged
    aim: float | None = None


def of_limit(figure, choose=max):
    def take(candidates):
        values = [candidates[name][figure] for name in LIMIT if candidates.get(name, {}).get(figure)]
        return candidates["relay"][figure] / choose(values) if values else None
    return take


def ratio(ours, theirs, figure):
    return lambda candidates: candidates[ours][figure] / candidates[theirs][figure]


def figure(name, candidate="relay", unit=1):
    return lambda candidates: candidates[candidate][name] / unit


RATE, MB, CPU = "frames_per_second", "mb_per_second", "relay_us_per_frame"
BODIES, CALLS = "bodies, 64 MiB in 1 MiB chunks, 8 pairs", "system calls, "
ROWS = [
    Row("1", FIRST, "frames/s to the limit's", of_limit(RATE), True, 0.75, 0.85),
    Row("2", FIRST, "CPU a frame to the limit's", of_limit(CPU, min), False, 1.40, 1.20),
    Row("3", FIRST, "frames/s to Kamailio's", ratio("relay", "kamailio", RATE), True, 8, 12),
    Row("4", ONE_PAIR, "p50 to the hop's", ratio("relay", "hop", "p50_us"), False, 1.20, 1.05),
    Row("4b", "64 B, 100 pairs, 2,000/s (open loop)", "p50 to the hop's", ratio("relay", "hop", "p50_us"), False),
    Row("4c", "64 B, 100 pairs, 2,000/s (open loop)", "p99 in ms", figure("p99_us", unit=1000), False),
    Row("5", "64 B, 100 pairs, window 1", "CPU a frame to the limit's", of_limit(CPU, min), False, 1.20, 1.08),
    Row("6", "64 B, 1000 pairs, window 16", "frames/s to the limit's", of_limit(RATE), True, 0.75, 0.85),
    Row("6b", "64 B, 1000 pairs, window 16", "p99 to p50", lambda found: found["relay"]["p99_us"] / found["relay"]["p50_us"], False, 4, 2),
    Row("7", "1 KiB, 100 pairs, window 16", "frames/s to the limit's", of_limit(RATE), True, 0.78, 0.88),
    Row("8", "16 KiB, 100 pairs, window 16", "MB/s to the limit's", of_limit(MB), True, 0.80, 0.92),
    Row("9", "64 MiB in 1 MiB chunks, 1 pair", "MB/s to the limit's", of_limit(MB), True, 0.80, 0.93),
    Row("9b", "64 MiB in 1 MiB chunks, 8 pairs", "MB/s to the limit's", of_limit(MB), True, 0.80, 0.93),
    Row("9c", "64 MiB in one chunk, 1 pair", "MB/s to the limit's", of_limit(MB), True, 0.80, 0.93),
    Row("10", BODIES, 'MB a CPU second with ranges "a-*/n", to known ones', ratio("open-range", "text", "mb_per_cpu_second"), True, 0.85, 0.95),
    Row("10b", BODIES, "MB a CPU second with bodies of end-lines, to text", ratio("end-lines", "text", "mb_per_cpu_second"), True, 0.85, 0.95),
    Row("11", "callgrind", "user-space instructions a frame", figure("instructions", "window16"), False, 3000, 1500),
    Row("12", CALLS + ONE_PAIR, "io_uring_enter a frame", figure("enters_per_frame"), False, 2, 1.5),
    Row("12b", CALLS + FIRST, "io_uring_enter a frame", figure("enters_per_frame"), False, 0.2, 0.08),
    Row("13", "idle sessions", "octets of memory a session", figure("octets_per_session"), False, 2048, 768),
    Row("14", "idle sessions", "octets of memory a session of msrps, TLS in user space", figure("octets_per_session", "tls"), False, 16384, 10240),
    Row("15", "AUTH", "AUTHs a CPU second (two round trips each)", figure("per_cpu_second"), True, 20_000, 40_000),
    Row("16", "TLS, 64 B, 100 pairs, window 16", "frames/s of msrps to plain", ratio("tls", "relay", RATE), True, 0.50, 0.70),
    Row("17", "TLS, 64 MiB in 1 MiB chunks, 8 pairs", "GB/s, both legs TLS", figure(MB, "tls", 1000), True, 0.7, 1.0),
    Row("18", "full handshakes, TLS 1.3, ECDSA P-256", "handshakes a CPU second", figure("per_cpu_second"), True, 2500, 5000),
    Row("19", "two cores, 64 B, 1 pair, window 16", "CPU a frame across cores to same core", ratio("across", "same", CPU), False, 1.5, 1.15),
    Row("19b", "callgrind", "instructions a frame across cores to same core", ratio("two-cores", "window16", "instructions"), False),
    Row("20", "soak, 64 B, 100 pairs, window 16", "growth of memory in MiB", figure("growth_mib"), False, 1, 1),
    Row("rules", "50 rules, 64 B, 100 pairs, window 16", "frames/s to those without", ratio("rules", "relay", RATE), True, 0.97, 1.0),
]


def value_of(row, candidates):
    try:
        return row.take(candidates)
    except (KeyError, TypeError, ZeroDivisionError):  # a candidate, or a figure of it, is missing
        return None


def verdict(row, value):
    if value is None:
        return "not measured"
    if row.must is None:
        return "told"

    def reaches(goal):
        return value >= goal if row.more else value <= goal
    return "aim" if reaches(row.aim) else "must" if reaches(row.must) else "MISSED"

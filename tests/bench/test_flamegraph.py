#!/usr/bin/env python3
"""The flame graph of made-up samples: stacks as perf script tells them, shares, and a picture whose widths are those shares."""

import pathlib
import subprocess
import sys
import xml.etree.ElementTree as ElementTree

sys.dont_write_bytecode = True
ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "bench"), str(ROOT / "tests")]
import flamegraph  # noqa: E402
import tap  # noqa: E402

SAMPLES = """
    ffffffff81a4 tcp_sendmsg ([kernel.kallsyms])
    ffffffff81a0 do_syscall_64 ([kernel.kallsyms])
        55d0c1f0 relay::Worker::turn() (/usr/bin/msrp-relay)

        55d0c1f8 msrp::Framer::next(std::span<char const, 8ul>) const (/usr/bin/msrp-relay)
        55d0c1f0 relay::Worker::turn() (/usr/bin/msrp-relay)

        7f00c1f8 [unknown] (/usr/lib/liburing.so.2.3)
        55d0c1f0 relay::Worker::turn() (/usr/bin/msrp-relay)

        55d0c1f0 relay::Worker::turn() (/usr/bin/msrp-relay)
"""


def test_collapse():
    """samples become stacks, outermost first; functions of the kernel are marked, places without a name have that of their file"""
    assert dict(flamegraph.collapse(SAMPLES.splitlines())) == {
        ("relay::Worker::turn", "do_syscall_64_[k]", "tcp_sendmsg_[k]"): 1, ("relay::Worker::turn", "msrp::Framer::next"): 1,
        ("relay::Worker::turn", "[liburing.so.2.3]"): 1, ("relay::Worker::turn",): 1}


def test_names():
    """a C++ name stands without arguments and without what the compiler has added"""
    for long, short in (("relay::Worker::flush_link(relay::Link&) [clone .isra.0]", "relay::Worker::flush_link"), ("memcpy", "memcpy"),
                        ("(anonymous namespace)::run(int, std::function<void (int)>)", "run"), ("x::operator()(int) const", "x::operator()"),
                        ("tcp_ack.part.0", "tcp_ack")):
        assert flamegraph.short(long) == short, (long, flamegraph.short(long))


def test_self_shares():
    """the share of a function is of the samples that were in it itself"""
    assert flamegraph.self_shares({("a", "b"): 3, ("a",): 1}) == [("b", 0.75), ("a", 0.25)]


def test_svg():
    """a frame is as wide as its share, a callee lies within its caller, names are escaped, and nothing is fetched from elsewhere"""
    text = flamegraph.svg({("turn", "std::less<int>"): 3, ("turn", "b"): 1, ("other",): 4}, "a & b")
    space = "{http://www.w3.org/2000/svg}"
    frames = {group.get("data-n"): group for group in ElementTree.fromstring(text).iter(space + "g")}
    assert set(frames) == {"all", "turn", "other", "std::less<int>", "b"}
    span = {name: (float(group.get("data-x")), float(group.get("data-w"))) for name, group in frames.items()}
    assert span["turn"] == (0.5, 0.5) and span["other"] == (0.0, 0.5) and span["std::less<int>"][1] == 0.375 and span["b"] == (0.5, 0.125), span
    y = {name: float(group.find(space + "rect").get("y")) for name, group in frames.items()}
    assert y["b"] < y["turn"] < y["all"], y
    assert text.replace('xmlns="http://www.w3.org/2000/svg"', "").find("http") < 0


def test_empty():
    """no samples make no picture"""
    try:
        flamegraph.svg({}, "nothing")
    except ValueError:
        return
    raise AssertionError("a picture of nothing")


def test_wrong_usage():
    """a process that is not there is wrong usage"""
    done = subprocess.run([sys.executable, ROOT / "bench/profile", "--pid", "999999999"], capture_output=True, text=True, check=False)
    assert done.returncode == 2 and "no process" in done.stderr, done


tap.run(tap.functions(globals()))

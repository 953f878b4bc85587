#!/usr/bin/env python3
"""Tests the tidy test: a small good tree has no fault; each fault planted in it is found, at its place, and nothing else is."""

import pathlib
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
import tap  # noqa: E402
import tidy  # noqa: E402

GOOD = {
    "include/base/ids.h": "#pragma once\n#include <cstdint>\n",
    "include/msrp/uri.h": '#pragma once\n#include "base/ids.h"\n',
    "src/msrp/uri.cc": '#include "msrp/uri.h"\n// steady_clock and rand() may be spoken of\nconst char* text = "steady_clock";\nint million = 1\'000\'000;\n',
    "src/session/permit.h": '#pragma once\n#include "msrp/uri.h"\n#include <chrono>\n',
    "src/ring/uring_ring.cc": '#include <liburing.h>\n#include <sys/socket.h>\n#include "base/ids.h"\n',
    "src/config/load_toml.cc": '#include <toml++/toml.h>\n',
    "src/rules/load_rules.cc": '#include "config/document.h"\n',
    "src/relay/worker.cc": '#include "ring/ring.h"\n#include "session/permit.h"\n',
    "src/daemon/main.cc": '#include <spdlog/spdlog.h>\n#include "relay/worker.h"\n',
    "tests/unit/msrp/uri_test.cc": '#include "relay/worker.h"\n',
    "tests/unit/msrp/meson.build": "files('uri_test.cc')\n",
    "tests/e2e/test_auth.py": "pass\n",
    "tests/e2e/meson.build": "foreach name : ['auth']\n",
}
LONG = "x" * 161
PLANTED = [
    ("upward include", "src/msrp/framer.cc", '\n#include "relay/worker.h"\n', 2, "upward include"),
    ("upward include from include/", "include/base/slice.h", '#pragma once\n#include "msrp/uri.h"\n', 2, "upward include"),
    ("sideways include", "src/auth/nonce.cc", '#include "session/permit.h"\n', 1, "upward include"),
    ("blaster must not know the relay", "src/blaster/run.cc", '#include "relay/worker.h"\n', 1, "upward include"),
    ("relay must not know the blaster", "src/relay/walk.cc", '#include "blaster/run.h"\n', 1, "upward include"),
    ("unknown layer", "src/relay/walk.cc", '#include "helpers/all.h"\n', 1, "no such layer"),
    ("include without a layer", "src/relay/walk.cc", '#include "worker.h"\n', 1, "names no layer"),
    ("file outside of layers", "src/helpers/all.cc", "int x;\n", 1, "outside of any layer"),
    ("liburing outside of ring", "src/transport/plain.cc", "#include <liburing.h>\n", 1, "library"),
    ("spdlog on the data plane", "src/relay/walk.cc", "#include <spdlog/spdlog.h>\n", 1, "library"),
    ("toml++ outside of config", "src/rules/load.cc", "#include <toml++/toml.h>\n", 1, "library"),
    ("libevent in the relay", "src/relay/walk.cc", "#include <event2/event.h>\n", 1, "library"),
    ("sockets in a pure layer", "src/session/table.cc", "#include <sys/socket.h>\n", 1, "pure layer"),
    ("threads in a pure layer", "src/rules/decide.cc", "#include <mutex>\n", 1, "pure layer"),
    ("a clock in a pure layer", "src/auth/nonce.cc", "auto now = std::chrono::system_clock::now();\n", 1, "pure layer"),
    ("chance in a pure layer", "src/auth/nonce.cc", "\nint x = rand();\n", 2, "pure layer"),
    ("getrandom in a pure layer", "src/msrp/tid.cc", "/* why\n */ auto n = getrandom(p, 8, 0);\n", 2, "pure layer"),
    ("file too long", "src/relay/walk.cc", "int x;\n" * 601, 601, "more than 600 lines"),
    ("line too long", "src/relay/walk.cc", f"// {LONG}\n", 1, "columns"),
    ("tab", "src/relay/walk.cc", "\tint x;\n", 1, "tab"),
    ("trailing blanks", "docs/walk.md", "word \n", 1, "trailing blanks"),
    ("mark of unfinished work", "tools/run", "# TO" + "DO later\n", 1, "unfinished"),
    ("a test that no meson.build names", "tests/unit/msrp/head_test.cc", "int x;\n", 1, "never runs"),
    ("a script of tests that no meson.build names", "tests/e2e/test_send.py", "pass\n", 1, "never runs"),
    ("a test without a meson.build", "tests/unit/auth/nonce_test.cc", "int x;\n", 1, "never runs"),
    ("header without pragma once", "src/relay/walk.h", "int x;\n", 1, "pragma once"),
    ("pragma once in a comment only", "src/relay/walk.h", "/*\n#pragma once\n*/\n", 1, "pragma once"),
]


def faults_of(tree):
    with tempfile.TemporaryDirectory() as root:
        for name, text in tree.items():
            path = pathlib.Path(root, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return tidy.faults(root)[0]


def good_tree():
    assert faults_of(GOOD) == [], faults_of(GOOD)


def planted(path, text, line, reason):
    found = faults_of({**GOOD, path: text})
    assert len(found) == 1, found
    assert found[0][:2] == (path, line) and reason in found[0][2], found


tap.run([("a good tree has no fault", good_tree)]
        + [(f"planted: {name}", lambda plant=plant: planted(*plant)) for name, *plant in PLANTED])

#!/usr/bin/env python3
"""House rules as a test: reads the tree, prints every fault as FILE:LINE: reason, exits 1 if there is one.

usage: tidy.py [ROOT]
"""

import pathlib
import re
import sys

# A layer includes itself and layers of a smaller rank; of its own rank only what BESIDE says.
RANK = {"base": 0, "msrp": 1, "ws": 1, "sip": 1, "sip": 2, "session": 2, "rules": 2, "auth": 2, "config": 2,
        "ring": 3, "transport": 4, "relay": 5, "conform": 5, "blaster": 5, "control": 6, "admin": 7, "command": 8, "msrpctl": 8, "daemon": 9}
BESIDE = {("rules", "config"), ("blaster", "conform")}
ONLY = {"blaster": {"base", "msrp", "auth", "config", "ring", "transport", "conform"},  # a client of the libraries, never of the relay
        "msrpctl": {"base"},  # a client: what it knows of the relay stands in the answers
        "conform": {"base", "auth", "transport"}}  # a stranger: reads and writes frames with code of its own
PURE = {"base", "msrp", "ws", "sip", "sip", "session", "rules", "auth", "config"}

# Library headers and the layers that may include them.
LIBRARIES = [
    (r"liburing", {"ring"}),
    (r"spdlog/", {"control", "daemon"}),
    (r"event2/|event\.h", {"control", "admin", "command", "daemon"}),
    (r"ares", {"control", "daemon"}),
    (r"toml\+\+|toml\.hpp", {"config"}),
    (r"wolfssl/", {"auth", "transport", "control", "daemon", "blaster"}),
    (r"nlohmann/", {"control", "admin", "command", "msrpctl", "daemon", "blaster", "conform"}),
    (r"prometheus/", {"admin"}),
    (r"CLI/", {"msrpctl", "daemon", "blaster", "conform"}),
    (r"mimalloc", {"daemon", "blaster"}),
]
# What a pure layer never touches: the kernel, threads, clocks, chance.
IMPURE_HEADERS = re.compile(r"(sys/(?!types\.h|cdefs\.h).*|netinet/.*|netdb\.h|arpa/.*|net/.*|linux/.*|unistd\.h|fcntl\.h|poll\.h|signal\.h|csignal"
                            r"|pthread\.h|time\.h|ctime|thread|mutex|shared_mutex|condition_variable|future|atomic|random|fstream|iostream|filesystem)$")
IMPURE_CODE = re.compile(r"\b((system|steady|high_resolution|utc|tai|file)_clock|clock_gettime|gettimeofday|getrandom|getentropy|arc4random\w*"
                         r"|random_device|thread_local|s?rand(?=\s*\()|time(?=\s*\(\s*(nullptr|NULL|0)\s*\)))")

MOST_LINES, MOST_COLUMNS = 600, 160
UNFINISHED = re.compile(r"\b(TO" + r"DO|FIX" + r"ME)\b")
INCLUDE = re.compile(r'\s*#\s*include\s*([<"])([^>"]+)[>"]')
TEXT = {".h", ".cc", ".py", ".md", ".toml", ".build", ".options", ".sh", ""}
CODE = re.compile(r'//[^\n]*|/\*.*?\*/|R"(\w*)\(.*?\)\1"|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])+\'', re.S)


def blank_comments_and_strings(text):
    """The code alone; lines keep their numbers. Digit separators (1'000) are no character literals."""
    text = re.sub(r"(?<=[0-9a-fA-F])'(?=[0-9a-fA-F])", "", text)
    return CODE.sub(lambda found: "\n" * found[0].count("\n"), text)


def layer_faults(layer, path, lines, code):
    for number, line in enumerate(lines, 1):
        found = INCLUDE.match(line)
        if not found:
            continue
        kind, name = found.groups()
        target = name.split("/")[0]
        if kind == '"' and "/" in name:
            if target not in RANK:
                yield number, f'include "{name}": no such layer'
            elif target != layer and ((RANK[target] >= RANK[layer] and (layer, target) not in BESIDE) or target not in ONLY.get(layer, RANK)):
                yield number, f'upward include: {layer} must not know {target} ("{name}")'
        elif kind == '"':
            yield number, f'include "{name}" names no layer: write "{layer}/{name}"'
        for pattern, layers in LIBRARIES:
            if kind == "<" and re.match(pattern, name) and layer not in layers:
                yield number, f"library <{name}> belongs to {', '.join(sorted(layers))} only"
        if kind == "<" and layer in PURE and IMPURE_HEADERS.match(name):
            yield number, f"<{name}> in the pure layer {layer}"
    if layer in PURE:
        for number, line in enumerate(code.split("\n"), 1):
            found = IMPURE_CODE.search(line)
            if found:
                yield number, f"{found[0]} in the pure layer {layer}: time and entropy are arguments"


def file_faults(root, path):
    """Every fault of one file as (line, reason)."""
    text = path.read_text(encoding="utf-8")
    lines = text.split("\n")
    for number, line in enumerate(lines, 1):
        if "\t" in line and path.name != "rules":  # a makefile wants them
            yield number, "tab"
        if line != line.rstrip():
            yield number, "trailing blanks"
        if UNFINISHED.search(line):
            yield number, "mark of unfinished work"
    if path.suffix not in (".h", ".cc"):
        return
    if len(lines) - 1 > MOST_LINES:
        yield len(lines) - 1, f"more than {MOST_LINES} lines: split the file by subject"
    for number, line in enumerate(lines, 1):
        if len(line) > MOST_COLUMNS:
            yield number, f"more than {MOST_COLUMNS} columns"
    code = blank_comments_and_strings(text)
    if path.suffix == ".h" and not re.search(r"^#pragma once$", code, re.M):
        yield 1, "header without #pragma once"
    parts = path.relative_to(root).parts
    if parts[0] in ("include", "src"):
        if len(parts) < 3 or parts[1] not in RANK:
            yield 1, "file outside of any layer"
        else:
            yield from layer_faults(parts[1], path, lines, code)


def unlisted_tests(root):
    """Tests that no meson.build beside them names: nobody would run them."""
    for path in sorted([*(root / "tests").rglob("*_test.cc"), *(root / "tests").rglob("test_*.py")]):
        recipe = path.with_name("meson.build")
        name = path.stem.removeprefix("test_") if path.suffix == ".py" else path.name
        if not recipe.exists() or f"'{name}'" not in recipe.read_text(encoding="utf-8"):
            yield str(path.relative_to(root)), 1, "no meson.build beside it names this test: it never runs"


def faults(root):
    """All faults of the tree as sorted (relative path, line, reason), and the number of files read."""
    root = pathlib.Path(root)
    found, count = [], 0
    for top in ("include", "src", "tests", "bench", "tools", "conf", "docs", "packaging", ".ci"):
        for path in sorted((root / top).rglob("*")):
            relative = path.relative_to(root)
            if not path.is_file() or path.suffix not in TEXT or "corpus" in relative.parts or "__pycache__" in relative.parts:
                continue
            count += 1
            found += [(str(relative), line, reason) for line, reason in file_faults(root, path)]
    return sorted(set(found) | set(unlisted_tests(root))), count


def main():
    root = sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).resolve().parents[2]
    found, count = faults(root)
    for path, line, reason in found:
        print(f"{path}:{line}: {reason}")
    print(f"tidy: {count} files, {len(found)} faults")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
"""Writes docs/conformance.md: each number of requirements.txt with the tests whose titles cite it, or the reason why none does.

usage: generate.py [--check] [ROOT]

With --check nothing is written: exit status 1, and every fault as a line, when the page is stale, a number has neither test nor reason, or a
test cites a number that is not in the list. Only a test's own title counts as proof, never the head of its file:
  tests/**/*.cc             names of TEST_CASE and SECTION
  tests/sim/*.cc            the properties (texts of violation() and wrong()), the comment above a scenario, the head of a planted_*.cc
  tests/compile_fail/*.cc   the comment in the second line; tests/fuzz/*.cc: the comment at the head
  tests/**/test_*.py, *_test.py   docstrings of test_ functions; keys of tables of cases; names that are given to tap.run
  src/conform/*.cc          add("R-016 R-112", "title", ...): the cases of `msrp-blaster conform`
"""

import ast
import collections
import pathlib
import re
import sys

LIST, PAGE = "tests/conformance/requirements.txt", "docs/conformance.md"
NUMBER = re.compile(r"R-\d{3}(?!\d)")
RANGE = re.compile(r"(R-\d{3}) to (R-\d{3})(?!\d)")
LEVELS = {"MUST", "MUST, implied", "MUST NOT", "SHOULD", "SHOULD, implied", "SHOULD NOT", "MAY", "own"}
STRINGS = r'((?:"(?:\\.|[^"\\\n])*"\s*)+)'  # one C++ literal, perhaps in several pieces
MOST_TESTS = 6  # shown of a number; the rest are counted
SHORT = 100

Requirement = collections.namedtuple("Requirement", "number level source summary reason line")
Proof = collections.namedtuple("Proof", "path title numbers")


def read_list(text):
    """(sections as [(title, [Requirement])], faults)."""
    sections, faults, seen = [], [], set()
    for at, line in enumerate(text.split("\n"), 1):
        if not line.strip() or line.startswith("#"):
            continue
        if found := re.fullmatch(r"\[(.+)\]", line):
            sections.append((found[1], []))
            continue
        fields = [field.strip() for field in line.split("|")]
        where = f"{LIST}:{at}: "
        if len(fields) not in (4, 5) or not all(fields) or not NUMBER.fullmatch(fields[0]) or not sections:
            faults.append(where + "not: number | level | source | summary [| reason], in a section")
            continue
        if fields[1] not in LEVELS:
            faults.append(where + f"level {fields[1]!r} is none of {', '.join(sorted(LEVELS))}")
        if fields[0] in seen:
            faults.append(where + f"{fields[0]} is there already")
        seen.add(fields[0])
        sections[-1][1].append(Requirement(*fields[:4], fields[4] if len(fields) == 5 else "", at))
    return sections, faults


def numbers_in(title, known):
    """Numbers that a title cites; a range stands for the known numbers in it."""
    cited = list(NUMBER.findall(title))
    for first, last in RANGE.findall(title):
        cited += [number for number in known if first < number < last]
    return sorted(set(cited))


def literal(pieces):
    """The text of a C++ literal."""
    return re.sub(r"\\(.)", r"\1", "".join(re.findall(r'"((?:\\.|[^"\\])*)"', pieces)))


def head_comment(text):
    """The // comment that the text begins with, the expectation of a compile_fail case left out."""
    found = re.match(r"(?://[^\n]*\n)+", text)
    lines = [line[2:].strip() for line in found[0].strip().split("\n")] if found else []
    return " ".join(line for line in lines if not line.startswith("expect: "))


def titles_of_cpp(path, text):
    parts = path.parts
    if parts[0] == "src":
        for found in re.finditer(r"\badd(?:_policy)?\(\s*" + STRINGS + r",\s*" + STRINGS, text):
            yield f"{literal(found[2])} ({literal(found[1])})"
        return
    for found in re.finditer(r"\b(?:TEST_CASE|SECTION)\(\s*" + STRINGS, text):
        yield literal(found[1])
    if parts[1] in ("compile_fail", "fuzz") or path.name.startswith("planted_"):
        yield head_comment(text)
    if parts[1] == "sim":
        for found in re.finditer(r"\b(?:violation|wrong)\(\s*" + STRINGS, text):
            yield literal(found[1]).rstrip(": ")
        for found in re.finditer(r"((?://[^\n]*\n)+)void \w+\(World& world\)", text):
            yield head_comment(found[1])


def constant_text(node):
    """The text of a string, or of an f-string with ... for what is put in; else None."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(constant_text(value) or "..." for value in node.values)
    return None


def titles_of_python(_, text):
    tree = ast.parse(text)
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
            yield " ".join((ast.get_docstring(node) or "").split())
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Dict):
            yield from filter(None, map(constant_text, node.value.keys))
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.List):
            yield from filter(None, (constant_text(row.elts[0]) for row in node.value.elts if isinstance(row, ast.Tuple) and row.elts))
        if isinstance(node, (ast.If, ast.Expr)):  # what is run: tap.run([(name, function), ...])
            yield from filter(None, (constant_text(row.elts[0]) for row in ast.walk(node) if isinstance(row, ast.Tuple) and row.elts))


def proofs(root, known):
    """Every test that cites a number."""
    found = []
    for path in sorted([*(root / "tests").rglob("*.cc"), *(root / "tests").rglob("*.py"), *(root / "src/conform").rglob("*.cc")]):
        inside = path.relative_to(root)
        if path.suffix == ".py" and not re.fullmatch(r"test_.*|.*_test", path.stem) or inside.parts[:2] == ("tests", "conformance"):
            continue
        titles = (titles_of_python if path.suffix == ".py" else titles_of_cpp)(inside, path.read_text(encoding="utf-8"))
        for title in dict.fromkeys(titles):
            if numbers := numbers_in(title, known):
                found.append(Proof(str(inside), title, numbers))
    return found


def kind_of(path):
    """The first folders: unit/msrp and unit/auth are one kind, e2e another."""
    return pathlib.PurePath(path).parts[1]


def chosen(tests):
    """At most MOST_TESTS of them, in turn from each kind, so that every kind is seen."""
    kinds = collections.defaultdict(list)
    for test in tests:
        kinds[kind_of(test.path)].append(test)
    queues, kept = list(kinds.values()), []
    while len(kept) < MOST_TESTS and any(queues):
        kept += [queue.pop(0) for queue in queues if queue]
    kept = kept[:MOST_TESTS]
    return sorted(kept, key=tests.index)


def shown(test):
    title = re.sub(r"\s*\((?:[^()]*\b)?R-\d{3}[^()]*\)|\s*\(R-[^()]*\)", "", test.title).strip()
    if len(title) > SHORT:
        title = title[:SHORT].rsplit(" ", 1)[0] + " ..."
    title = title.replace("|", "\\|").replace("<", "&lt;").replace("`", "'")
    return f"`{test.path.removeprefix('tests/').removeprefix('src/')}` {title}"


def page(sections, tests_of):
    every = [requirement for _, rows in sections for requirement in rows]
    proven = sum(1 for requirement in every if tests_of[requirement.number])
    lines = ["# Conformance", "",
             "<!-- Made of tests/conformance/requirements.txt and the titles of the tests by tests/conformance/generate.py: edit those. -->", "",
             f"{len(every)} requirements for a relay in RFC 4975 (B), RFC 4976 (X), RFC 7977 (W) and what they build on: {proven} have tests, "
             f"{len(every) - proven} have none, for the reason given.",
             "", "Level as in the RFC; \"implied\": its text says so without the keyword; \"own\": where the RFCs are silent, this project's decision.",
             f"A number with more than {MOST_TESTS} tests shows some of each kind. How to run them: `testing.md`."]
    for title, rows in sections:
        lines += ["", f"## {title}", "", "| number | level | source | requirement | tests |", "|---|---|---|---|---|"]
        for row in rows:
            tests = tests_of[row.number]
            cell = [shown(test) for test in chosen(tests)]
            if len(tests) > len(cell):
                cell.append(f"and {len(tests) - len(cell)} more")
            if row.reason:
                cell.append(f"*{row.reason}*")
            lines.append(f"| {row.number} | {row.level} | {row.source} | {row.summary} | {'<br>'.join(cell)} |")
    return "\n".join(lines) + "\n"


def judge(root):
    """(the page as it ought to be, faults)."""
    root = pathlib.Path(root)
    sections, faults = read_list((root / LIST).read_text(encoding="utf-8"))
    known = {row.number: row for _, rows in sections for row in rows}
    tests_of = collections.defaultdict(list)
    for test in proofs(root, known):
        for number in test.numbers:
            if number not in known:
                faults.append(f"{test.path}: {number} is not in {LIST}: {test.title}")
            tests_of[number].append(test)
    for row in known.values():
        if not tests_of[row.number] and not row.reason:
            faults.append(f"{LIST}:{row.line}: {row.number} has neither a test whose title cites it nor a reason: {row.summary}")
    return page(sections, tests_of), faults


def stale(root, text):
    """A fault when the page is not what it ought to be."""
    path = pathlib.Path(root, PAGE)
    if path.is_file() and path.read_text(encoding="utf-8") == text:
        return []
    return [f"{PAGE}: stale: run tests/conformance/generate.py and commit it"]


def main():
    words = sys.argv[1:]
    check = "--check" in words
    words = [word for word in words if word != "--check"]
    if len(words) > 1 or any(word.startswith("-") for word in words):
        print(__doc__)
        return 2
    root = pathlib.Path(words[0]) if words else pathlib.Path(__file__).resolve().parents[2]
    text, faults = judge(root)
    if check:
        faults += stale(root, text)
    else:
        (root / PAGE).write_text(text, encoding="utf-8")
    for fault in faults:
        print(fault)
    print(f"conformance: {len(faults)} faults")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())

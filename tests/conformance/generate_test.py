#!/usr/bin/env python3
"""Tests the list of requirements and its reader: a small good tree has no fault; each fault planted in it is found, and nothing else is."""

import pathlib
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
import generate  # noqa: E402
import tap  # noqa: E402

LIST = """# words
[1. First]
R-901 | MUST | B 1 | one
R-902 | own | - | two
R-903 | SHOULD | X 2 | three
R-904 | MAY | X 3 | four | not in this build
[2. Second]
R-905 | MUST, implied | X 3 | five
R-906 | MUST | X 3 | six
R-907 | MUST | X 3 | seven
R-908 | MUST | X 3 | eight
"""
GOOD = {
    generate.LIST: LIST,
    "tests/unit/msrp/a_test.cc": '// R-904 in the head of a file is no proof.\nTEST_CASE("the first (R-901)") {\n  // nor here: R-904\n  SECTION("in " \n    "two (R-902)") {}\n}\n',
    "tests/e2e/test_a.py": '"""R-901 to R-908: a head proves nothing."""\ndef test_x():\n    """a fence (R-903)"""\n    word = "R-904"\n'
                           'TABLE = {"a row (R-905)": 1}\ndef helper():\n    """not a test: R-904"""\n',
    "tests/sim/ledger.cc": 'void f() { return wrong("twice (R-906): " + x); }\n// A scenario (R-901).\nvoid pairs(World& world) {}\n',
    "tests/compile_fail/x.cc": "// expect: no\n// It does not compile (R-907).\nint x;\n",
    "src/conform/cases_a.cc": 'suite.add("R-901 R-908", "a case", [] {});\n',
}


def faults_of(tree, written=True):
    """Faults of a tree whose page is written first, or is left as it is."""
    with tempfile.TemporaryDirectory() as root:
        for name, text in {"docs/conformance.md": "old\n", **tree}.items():
            path = pathlib.Path(root, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        text, faults = generate.judge(root)
        if written:
            pathlib.Path(root, generate.PAGE).write_text(text, encoding="utf-8")
        return text, faults + generate.stale(root, text)


def expect_fault(tree, *words):
    found = faults_of(tree)[1]
    assert len(found) == 1 and all(word in found[0] for word in words), found


def good_tree():
    """a good tree has no fault, and its page shows each number beside its tests"""
    text, found = faults_of(GOOD)
    assert found == [], found
    rows = {line.split(" | ")[0][2:]: line for line in text.split("\n") if line.startswith("| R-")}
    for number, shown in (("R-901", "`unit/msrp/a_test.cc` the first"), ("R-901", "`sim/ledger.cc` A scenario"), ("R-901", "`conform/cases_a.cc` a case"),
                          ("R-902", "in two"), ("R-903", "`e2e/test_a.py` a fence"), ("R-904", "*not in this build*"), ("R-905", "a row"), ("R-906", "twice"),
                          ("R-907", "`compile_fail/x.cc` It does not compile"), ("R-908", "`conform/cases_a.cc` a case")):
        assert shown in rows[number], (number, shown, rows[number])
    assert "`" not in rows["R-904"], rows["R-904"]  # what is no title of a test is no proof


def ranges():
    """a range in a title stands for the numbers in it, and for no others"""
    text, found = faults_of({**GOOD, "tests/e2e/test_b.py": 'def test_all():\n    """wide (R-902 to R-905)"""\n'})
    assert not found and sum("wide" in line for line in text.split("\n")) == 4, (text, found)


def many_tests():
    """of many tests of a number some of each kind are shown, the rest is counted"""
    more = "".join(f'TEST_CASE("number {i} (R-905)") {{}}\n' for i in range(20))
    row = next(line for line in faults_of({**GOOD, "tests/unit/msrp/b_test.cc": more})[0].split("\n") if line.startswith("| R-905"))
    assert row.count("<br>") == generate.MOST_TESTS and "a row" in row and "and 15 more" in row, row


def stale_page():
    """a page that is not what the tests say is stale"""
    found = faults_of(GOOD, written=False)[1]
    assert len(found) == 1 and "stale" in found[0] and "generate.py" in found[0], found


PLANTED = [
    ("a number without test or reason", {"tests/e2e/test_a.py": 'def test_x():\n    """a fence (R-903)"""\n'}, "R-905", "neither"),
    ("a test that lost its title", {"tests/compile_fail/x.cc": "// expect: no\n// It does not compile.\nint x;\n"}, "R-907", "neither"),
    ("a scenario's code is no title", {"src/conform/cases_a.cc": 'call("R-908", "a case");\n'}, "R-908", "neither"),
    ("a number that does not exist", {"tests/unit/msrp/b_test.cc": 'TEST_CASE("what (R-999)") {}\n'}, "tests/unit/msrp/b_test.cc", "R-999"),
    ("the same in a docstring", {"tests/e2e/test_b.py": 'def test_y():\n    """what (R-999)"""\n'}, "tests/e2e/test_b.py", "R-999"),
    ("a range beyond the list", {"tests/e2e/test_b.py": 'def test_y():\n    """what (R-905 to R-910)"""\n'}, "R-910"),
    ("a number twice", {generate.LIST: LIST + "R-908 | MAY | X 1 | again | why\n"}, "R-908", "already"),
    ("an unknown level", {generate.LIST: LIST + "R-909 | OUGHT | X 1 | nine | why\n"}, "OUGHT"),
    ("a line that is none", {generate.LIST: LIST + "R-909 | MUST | nine\n"}, f"{generate.LIST}:12", "not: number"),
    ("an empty summary", {generate.LIST: LIST + "R-909 | MUST | B 1 | | why\n"}, f"{generate.LIST}:12", "not: number"),
]

tap.run([(case.__doc__, case) for case in (good_tree, ranges, many_tests, stale_page)]
        + [(name, lambda change=change, words=words: expect_fault({**GOOD, **change}, *words)) for name, change, *words in PLANTED])

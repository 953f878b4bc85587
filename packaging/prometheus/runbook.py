#!/usr/bin/env python3
"""docs/runbook.md from msrp-relay.rules.yml. --check: fails when the page is another.

usage: runbook.py [--check]
"""

import pathlib
import re
import sys

FOLDER = pathlib.Path(__file__).resolve().parent
PAGE = FOLDER.parents[1] / "docs/runbook.md"
HEAD = """# Runbook: what to do when an alert fires

The alerts are in `packaging/prometheus/msrp-relay.rules.yml`; what the metrics mean stands in [metrics.md](metrics.md). Faults that the relay meets are in
its log, the last ones on the status page.
"""


def alerts():
    """Each as a dictionary: alert, expr, for, severity, summary, runbook."""
    found = []
    for line in (FOLDER / "msrp-relay.rules.yml").read_text(encoding="utf-8").splitlines():
        entry = re.fullmatch(r"\s*(?:- )?(alert|expr|for|severity|summary|runbook): (.*)", line)
        if not entry:
            continue
        key, value = entry.groups()
        if value.startswith("'"):
            value = value[1:-1].replace("''", "'")
        if key == "alert":
            found.append({})
        found[-1][key] = value
    return found


def page():
    text = HEAD
    for alert in alerts():
        lasting = f" for {alert['for']}" if "for" in alert else ""
        text += f"\n## {alert['alert']}\n\n{alert['severity']}. `{alert['expr']}`{lasting}\n\n{alert['runbook']}\n"
    return text


if __name__ == "__main__":
    if "--check" in sys.argv[1:]:
        sys.exit(0 if PAGE.read_text(encoding="utf-8") == page() else "docs/runbook.md is not what packaging/prometheus/runbook.py makes of the rules")
    PAGE.write_text(page(), encoding="utf-8")

#!/usr/bin/env python3
"""Alerts, runbook and dashboard: promtool judges the rules, and every metric they name is one that a relay shows."""

import http.client
import json
import re
import subprocess
import sys

import tls
from relay import ROOT, free_port, tap

RULES = ROOT / "packaging/prometheus/msrp-relay.rules.yml"
DASHBOARD = ROOT / "packaging/grafana/msrp-relay.json"
ALERTS_AT_LEAST = 20


def promtool(*words):
    done = subprocess.run(["promtool", *words], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def shown():
    """Names of all metrics of a relay with a certificate, those of a histogram's series among them."""
    port = free_port()
    with tls.TlsRelay(more=f'[http]\nlisten = "127.0.0.1:{port}"\n'):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        connection.request("GET", "/metrics")
        body = connection.getresponse().read().decode()
        connection.close()
    return set(re.findall(r"^(?:# TYPE )?([a-z_0-9]+)", body, re.M))


def named(expression):
    """Metrics of ours in an expression."""
    return set(re.findall(r"\b(?:msrp_relay|process)_[a-z_0-9]+", expression))


def test_rules():
    """promtool check and test the alerts; there are at least 20, each with what to do"""
    assert f"{ALERTS_AT_LEAST - 1} rules" not in promtool("check", "rules", str(RULES))
    promtool("test", "rules", str(RULES.with_name("msrp-relay.test.yml")))
    text = RULES.read_text(encoding="utf-8")
    alerts = re.findall(r"- alert: (\w+)", text)
    assert len(alerts) == len(set(alerts)) >= ALERTS_AT_LEAST, alerts
    assert len(re.findall(r"runbook: '.{20,}'", text)) == len(alerts)


def test_generated():
    """docs/runbook.md and the dashboard are what their scripts write"""
    for script in (RULES.with_name("runbook.py"), DASHBOARD.with_name("dashboard.py")):
        done = subprocess.run([sys.executable, str(script), "--check"], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr


def test_metrics_exist():
    """every metric in alerts and dashboard is shown by a relay; and a wrong name would be found"""
    there = shown()
    used = named(RULES.read_text(encoding="utf-8"))
    for panel in json.loads(DASHBOARD.read_text(encoding="utf-8"))["panels"]:
        for target in panel.get("targets", []):
            used |= named(target["expr"])
    assert len(used) > 50, used
    assert not used - there, f"not shown by a relay: {sorted(used - there)}"
    assert named("rate(msrp_relay_no_such_total[5m])") - there


def test_dashboard():
    """panels do not overlap, and none is empty"""
    panels = json.loads(DASHBOARD.read_text(encoding="utf-8"))["panels"]
    taken = set()
    for panel in panels:
        place = panel["gridPos"]
        cells = {(x, y) for x in range(place["x"], place["x"] + place["w"]) for y in range(place["y"], place["y"] + place["h"])}
        assert not cells & taken and place["x"] + place["w"] <= 24, panel["title"]
        taken |= cells
        assert panel["type"] == "row" or panel["targets"], panel["title"]
    assert len({panel["id"] for panel in panels}) == len(panels)


if __name__ == "__main__":
    tap.run(tap.functions(globals()))

#!/usr/bin/env python3
"""Writes msrp-relay.json, the dashboard that Grafana imports: shorter to read and to change here than there. --check: fails when it is another.

usage: dashboard.py [--check]
"""

import json
import pathlib
import sys

TARGET = pathlib.Path(__file__).resolve().parent / "msrp-relay.json"
WHICH = 'instance=~"$instance"'
P = "msrp_relay_"


def rate(metric, by="", where="", scale=""):
    """The rate of a counter, summed over what `by` does not name."""
    grouped = f"sum by ({by}) " if by else "sum "
    return f"{grouped}(rate({metric}{{{WHICH}{where}}}[$__rate_interval])){scale}"


def now(metric, by=""):
    return f"sum by ({by}) ({metric}{{{WHICH}}})" if by else f"sum ({metric}{{{WHICH}}})"


def quantile(share, metric):
    return f"histogram_quantile({share}, sum by (le) (rate({metric}_bucket{{{WHICH}}}[$__rate_interval])))"


# Row: title, panels. Panel: title, unit, [(expression, legend)].
ROWS = [
    ("Now", [
        ("Frames received", "ops", [(rate(P + "frames_received_total", "kind"), "{{kind}}")]),
        ("Octets", "Bps", [(rate(P + "received_bytes_total"), "received"), (rate(P + "sent_bytes_total"), "sent")]),
        ("Sessions", "short", [(now(P + "sessions", "instance"), "{{instance}}")]),
        ("Links", "short", [(now(P + "links", "instance"), "{{instance}}")]),
    ]),
    ("Errors", [
        ("Responses sent, but 200", "ops", [(rate(P + "responses_sent_total", "code", ', code!="200"'), "{{code}}")]),
        ("Responses received, but 200", "ops", [(rate(P + "responses_received_total", "code", ', code!="200"'), "{{code}}")]),
        ("SENDs that failed", "ops", [(rate(P + "transactions_expired_total"), "not answered"), (rate(P + "reports_sent_total"), "REPORTs made"),
                                      (rate(P + "reports_undeliverable_total"), "REPORTs nobody takes"),
                                      (rate(P + "messages_stopped_total"), "stopped: slow reader"), (rate(P + "chunks_aborted_total"), "sender gone")]),
        ("Frames nobody wants", "ops", [(rate(P + "malformed_total"), "malformed"), (rate(P + "requests_dropped_total"), "dropped"),
                                        (rate(P + "responses_dropped_total"), "responses without a request")]),
    ]),
    ("Latency", [
        ("Answers of next hops", "s", [(quantile(share, P + "answer_seconds"), f"p{share * 100:g}") for share in (.5, .99, .999)]),
        ("Turns of the loops", "s", [(quantile(share, P + "turn_seconds"), f"p{share * 100:g}") for share in (.5, .99, .999)]),
        ("Turns over 10 ms", "ops", [(rate(P + "core_stalls_total", "instance, core"), "{{instance}} core {{core}}")]),
        ("Readers that make others wait", "ops", [(rate(P + "sources_paused_total"), "sources paused"), (rate(P + "write_stalls_total"), "readers closed"),
                                                  (rate(P + "transactions_full_total"), "transactions_per_link reached")]),
    ]),
    ("Cores and memory", [
        ("Busy", "percentunit", [(rate(P + "core_busy_seconds_total", "instance, core"), "{{instance}} core {{core}}")]),
        ("Links by core", "short", [(now(P + "core_links", "instance, core"), "{{instance}} core {{core}}")]),
        ("core_buffer in use", "percentunit", [(now(P + "buffer_bytes", "instance") + " / " + now(P + "buffer_limit_bytes", "instance"), "{{instance}}")]),
        ("Resident memory", "bytes", [(f'process_resident_memory_bytes{{job="msrp-relay", {WHICH}}}', "{{instance}}")]),
        ("Receive buffers in use", "percentunit",
         [(now(P + "receive_buffers", "instance") + " / " + now(P + "receive_buffers_limit", "instance"), "{{instance}}")]),
        ("Mail between cores", "ops", [(rate(P + "mail_sent_total"), "records"), (rate(P + "mail_overflowed_total"), "that waited")]),
        ("CPU of the process", "percentunit", [(f'rate(process_cpu_seconds_total{{job="msrp-relay", {WHICH}}}[$__rate_interval])', "{{instance}}")]),
        ("Frames known by sight", "percentunit", [(rate(P + "frames_known_total") + " / " + rate(P + "frames_received_total"), "share")]),
    ]),
    ("Limits", [
        ("Links, share of the limit", "percentunit", [(now(P + "links", "instance") + " / " + now(P + "links_limit", "instance"), "{{instance}}")]),
        ("Sessions, share of the limit", "percentunit", [(now(P + "sessions", "instance") + " / " + now(P + "sessions_limit", "instance"), "{{instance}}")]),
        ("Reached", "ops", [(rate(P + "links_refused_total"), "links"), (rate(P + "pool_exhausted_total"), "core_buffer"),
                            (rate(P + "buffers_exhausted_total"), "receive buffers"), (rate(P + "log_lost_total"), "log")]),
        ("Descriptors", "percentunit",
         [(f'process_open_fds{{job="msrp-relay", {WHICH}}} / process_max_fds{{job="msrp-relay", {WHICH}}}', "{{instance}}")]),
    ]),
    ("Security", [
        ("AUTH", "ops", [(rate(P + "auth_total", "result"), "{{result}}")]),
        ("TLS handshakes", "ops", [(rate(P + "handshakes_total"), "all"), (rate(P + "handshakes_resumed_total"), "resumed"),
                                   (rate(P + "handshakes_failed_total"), "failed")]),
        ("TLS by the kernel", "ops", [(rate(P + "links_to_kernel_total"), "taken"), (rate(P + "links_not_to_kernel_total"), "not taken")]),
        ("Refused", "ops", [(rate(P + "destinations_refused_total"), "destinations"), (rate(P + "probations_failed_total"), "links without success"),
                            (rate(P + "strangers_refused_total"), "strangers"), (rate(P + "auth_total", "", ', result="failed"'), "passwords")]),
        ("Certificates, days left", "d", [(f"({P}certificate_not_after_seconds{{{WHICH}}} - time()) / 86400", "{{instance}} {{file}}")]),
        ("Rules", "ops", [(rate(P + "rule_hits_total", "rule"), "{{rule}}")]),
    ]),
    ("Listeners", [
        ("Links", "short", [(now(P + "listener_links", "listener"), "{{listener}}")]),
        ("Links accepted", "ops", [(rate(P + "listener_links_accepted_total", "listener"), "{{listener}}")]),
        ("Frames received", "ops", [(rate(P + "listener_frames_received_total", "listener"), "{{listener}}")]),
        ("Octets", "Bps", [(rate(P + "listener_received_bytes_total", "listener"), "{{listener}} in"),
                           (rate(P + "listener_sent_bytes_total", "listener"), "{{listener}} out")]),
    ]),
]


def dashboard():
    panels, y, number = [], 0, 1
    for row, graphs in ROWS:
        panels.append({"id": number, "type": "row", "title": row, "collapsed": False, "panels": [], "gridPos": {"h": 1, "w": 24, "x": 0, "y": y}})
        number, y = number + 1, y + 1
        for at, (title, unit, targets) in enumerate(graphs):
            panels.append({
                "id": number, "type": "timeseries", "title": title, "datasource": {"type": "prometheus", "uid": "${datasource}"},
                "gridPos": {"h": 7, "w": 6, "x": 6 * (at % 4), "y": y + 7 * (at // 4)},
                "fieldConfig": {"defaults": {"unit": unit, "min": 0, "custom": {"fillOpacity": 8, "showPoints": "never"}}, "overrides": []},
                "options": {"legend": {"displayMode": "list", "placement": "bottom"}, "tooltip": {"mode": "multi"}},
                "targets": [{"refId": chr(ord("A") + i), "expr": expression, "legendFormat": legend} for i, (expression, legend) in enumerate(targets)]})
            number += 1
        y += 7 * ((len(graphs) + 3) // 4)
    variables = [{"name": "datasource", "type": "datasource", "query": "prometheus", "label": "Prometheus"},
                 {"name": "instance", "type": "query", "label": "Relay", "datasource": {"type": "prometheus", "uid": "${datasource}"}, "multi": True,
                  "includeAll": True, "refresh": 2, "current": {"text": "All", "value": "$__all"},
                  "query": {"query": "label_values(msrp_relay_build_info, instance)", "refId": "A"}}]
    return {"title": "msrp-relay", "uid": "msrp-relay", "tags": ["msrp"], "timezone": "", "schemaVersion": 38, "version": 1, "refresh": "10s",
            "time": {"from": "now-1h", "to": "now"}, "graphTooltip": 1, "templating": {"list": variables}, "annotations": {"list": []}, "panels": panels}


def text():
    return json.dumps(dashboard(), indent=1) + "\n"


if __name__ == "__main__":
    if "--check" in sys.argv[1:]:
        sys.exit(0 if TARGET.read_text(encoding="utf-8") == text() else "msrp-relay.json is not what dashboard.py writes")
    TARGET.write_text(text(), encoding="utf-8")

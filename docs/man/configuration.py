#!/usr/bin/env python3
"""Writes msrp-relay.toml.5 from docs/configuration.md, whose tables are made of the loader's own list. --check: fails when it is another.

usage: configuration.py [--check]
"""

import pathlib
import re
import sys

FOLDER = pathlib.Path(__file__).resolve().parent
TARGET = FOLDER / "msrp-relay.toml.5"
HEAD = r""".Dd November 24, 2026
.Dt MSRP-RELAY.TOML 5
.Os
.Sh NAME
.Nm msrp-relay.toml
.Nd configuration of msrp-relay
.Sh DESCRIPTION
A file with nothing but one
.Li [[listen]]
and one users file is a working relay; every other key has a default.
Durations and sizes carry their unit:
.Ql \(dq500ms\(dq ,
.Ql \(dq30s\(dq ,
.Ql \(dq1h\(dq ;
.Ql \(dq16KiB\(dq ,
.Ql \(dq10MB\(dq .
A relative path stands beside the file.
An unknown key is an error.
.Ql msrp-relay --check
names every fault,
.Ql msrp-relay --print-effective
every value in force and its origin.
Rules
.Pq Li [[rule]]
are told in
.Pa /usr/share/doc/msrp-relay/rules.md .
"""
TAIL = r""".Sh EXAMPLES
.Bd -literal -offset indent
[relay]
name = "relay.example.org"

[[listen]]
uri         = "msrps://0.0.0.0:2855"
certificate = "tls/relay.pem"
private_key = "tls/relay.key"

[users]
file = "users.htdigest"
.Ed
.Sh SEE ALSO
.Xr msrp-relay 8
"""


def plain(text):
    """Markdown of one line as words for mdoc: nothing in it is a macro or an escape."""
    text = text.replace("\\", "\\e").replace("`", "").replace("\\e|", "|")
    return re.sub(r"^([.'])", r"\\&\1", text).replace("-", "\\-").strip()


def page():
    text = HEAD
    markdown = (FOLDER.parent / "configuration.md").read_text(encoding="utf-8").split("<!-- keys: generated -->")[1]
    for section in re.split(r"^## ", markdown, flags=re.M)[1:]:
        name, *lines = section.splitlines()
        text += f".Sh {plain(name)}\n.Bl -tag -width Ds\n"
        for line in lines:
            cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", line)][1:-1]
            if len(cells) != 4 or cells[0] in ("key", "---"):
                continue
            key, value, standard, meaning = map(plain, cells)
            text += f".It Ic {key}\n{value}; default: {standard}.\n.br\n{meaning}\n"
        text += ".El\n"
    return text + TAIL


if __name__ == "__main__":
    if "--check" in sys.argv[1:]:
        sys.exit(0 if TARGET.read_text(encoding="utf-8") == page() else "docs/man/msrp-relay.toml.5 is not what configuration.py writes")
    TARGET.write_text(page(), encoding="utf-8")

#!/usr/bin/env python3
"""The pages on rules say what is: their TOML passes --check, and docs/from-kamailio.md has every word of that module's surface."""

import pathlib
import re
import subprocess
import tempfile

from relay import PROGRAM, ROOT, tap

VARIABLES = ("buf buflen hdrs body bodylen method code reason transid msgid sessid crthop nexthop lasthop nexthops prevhop firsthop prevhops "
             "srcaddr srcsock conid").split()
PARTS = "user host port session proto params userinfo scheme".split()
FUNCTIONS = ("msrp_relay msrp_forward msrp_reply msrp_is_request msrp_is_reply msrp_set_dst msrp_relay_flags msrp_reply_flags msrp_cmap_save "
             "msrp_cmap_lookup").split()
PARAMETERS = "sipmsg cmap_size timer_interval auth_min_expires auth_max_expires use_path_addr event_callback".split()


def page(name):
    return (ROOT / "docs" / name).read_text(encoding="utf-8")


def check(text):
    """--check of these rules in an otherwise good configuration: (exit status, output)."""
    with tempfile.TemporaryDirectory(prefix="msrp-relay-docs-") as folder:
        config = pathlib.Path(folder, "relay.toml")
        (config.parent / "users").write_text("", encoding="utf-8")
        config.write_text('[relay]\nname = "relay.example.org"\n[[listen]]\nname = "trunk"\nuri = "msrp://127.0.0.1:2855"\nplaintext_auth = true\n'
                          f'[users]\nfile = "users"\n{text}', encoding="utf-8")
        done = subprocess.run([PROGRAM, "--config", config, "--check"], capture_output=True, text=True, check=False)
        return done.returncode, done.stdout + done.stderr


def blocks(name):
    found = re.findall(r"^```toml\n(.*?)^```", page(name), re.M | re.S)
    assert found, f"no TOML in {name}"
    return found


def test_blocks():
    """each block of TOML in docs/rules.md and docs/from-kamailio.md passes --check without a fault"""
    for name in ("rules.md", "from-kamailio.md"):
        for block in blocks(name):
            status, output = check(block)
            assert status == 0 and "fault" not in output and "warning" not in output, f"{name}:\n{block}\n{output}"


def test_check_checks():
    """a mistake in such a block is found"""
    status, output = check(blocks("from-kamailio.md")[0].replace("content_type", "content_typo", 1))
    assert status == 1 and "content_type" in output, output


def rows(heading):
    """First and second column of the table below that heading."""
    section = page("from-kamailio.md").split(f"\n## {heading}", 1)[1].split("\n## ", 1)[0]
    found = re.findall(r"^\| `(.*?)`.*?\| (.*?) \|", section, re.M)
    return {left: right for left, right in found if left != "$msrp(key)" and left != "{msrpuri.key}"}


def test_variables():
    """every key of $msrp() and {msrpuri} has its row, whose counterpart is a variable that rules know"""
    table = rows("Variables")
    assert sorted(table) == sorted(VARIABLES), table
    for ours in re.findall(r"`([a-z_.]+)`", " ".join(table.values())):
        assert check(f"[[rule]]\nwhen = {{ {ours} = {{ exists = true }}, method = 'X' }}\naction = 'drop'\n"
                     )[1].find("unknown variable") == -1, ours
    table = rows("Transformations")
    assert sorted(table) == sorted(PARTS), table
    for part in table.values():
        status, output = check(f"[[rule]]\nwhen = {{ msrp.nexthop{part.strip('`')} = {{ exists = true }} }}\naction = 'drop'\n")
        assert status == 0, (part, output)


def test_functions():
    """every function has its row, every parameter its word"""
    table = {re.match(r"\w+", left)[0] for left in rows("Functions")}
    assert set(FUNCTIONS) <= table, table
    text = page("from-kamailio.md")
    assert all(f"`{parameter}`" in text for parameter in PARAMETERS)


def test_tls_page():
    """docs/tls.md: its TOML, beside certificates of tools/make-certs, passes --check"""
    with tempfile.TemporaryDirectory(prefix="msrp-relay-docs-") as folder:
        subprocess.run([ROOT / "tools/make-certs", folder], check=True, stdout=subprocess.DEVNULL)
        config = pathlib.Path(folder, "relay.toml")
        (config.parent / "users").write_text("", encoding="utf-8")
        tables = "\n".join(blocks("tls.md"))
        config.write_text(f'[relay]\nname = "relay.example.org"\n[users]\nfile = "users"\n{tables}', encoding="utf-8")
        done = subprocess.run([PROGRAM, "--config", config, "--check"], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr


if __name__ == "__main__":
    tap.run(tap.functions(globals()))

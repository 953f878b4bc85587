#!/usr/bin/env python3
"""TLS whose records the kernel makes: guest.sh in a virtual machine, because the kernel here may have none of it. KTLS_KERNEL: 6.1 (the default),
6.12 or rekey, a kernel that can change keys. What the kernel has counted decides, so nothing passes that user space did."""

import hashlib
import os
import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.append(str(ROOT / "tests"))
import tap  # noqa: E402

RELAY = os.environ.get("MSRP_RELAY", str(ROOT / "build/msrp-relay"))
BLASTER = os.environ.get("MSRP_BLASTER", str(pathlib.Path(RELAY).with_name("msrp-blaster")))
CONTRACT = os.environ.get("RING_CONTRACT", str(ROOT / "build/tests/ring/ring-contract"))
KERNEL = os.environ.get("KTLS_KERNEL", "6.1")


def prepare(folder):
    """What the guest reads: certificates, users, and a configuration for each choice of [tls] ktls."""
    subprocess.run([ROOT / "tools/make-certs", folder], check=True, stdout=subprocess.DEVNULL)
    users = [(name, f"{name}:example.org:{name}-pw".encode()) for name in ("alice", "bob")]
    (folder / "users.htdigest").write_text("".join(f"{name}:example.org:{hashlib.md5(text).hexdigest()}:{hashlib.sha256(text).hexdigest()}\n"
                                                   for name, text in users), encoding="utf-8")
    for name, choice, port in (("auto", "auto", 2856), ("off", "off", 2856), ("required", "required", 2856), ("far", "auto", 2857)):
        (folder / f"{name}.toml").write_text(f"""[relay]
name = "relay.example.org"
realm = "example.org"
cores = 2
[[listen]]
uri = "msrps://127.0.0.1:{port}"
certificate = ["relay.pem", "relay-rsa.pem"]
private_key = ["relay.key", "relay-rsa.key"]
[users]
file = "users.htdigest"
[destinations]
allow = ["127.0.0.0/8"]
[tls]
ktls = "{choice}"
ca_file = "ca.pem"
relays = ["relay.example.org"]
[dns]
hosts = {{ "relay.example.org" = "127.0.0.1" }}
[session]
expires_min = "1s"
[timers]
transaction = "3s"
first_request = "3s"
""", encoding="utf-8")


def in_guest():
    """[(name, fault or None)] of the guest's cases."""
    guest = ROOT / "tests/ktls/guest.sh"
    with tempfile.TemporaryDirectory(prefix="msrp-relay-ktls-") as name:
        folder = pathlib.Path(name)
        prepare(folder)
        includes = [folder, RELAY, BLASTER, CONTRACT, guest, "/usr/bin/openssl"]
        words = [word for include in includes for word in ("-i", include)]
        command = [ROOT / "tests/ktls/vm", "-b", ROOT / ".deps/vm", "-k", KERNEL, "-m", "1024", "-t", "360", *words,
                   "--sh", f"sh {guest} {folder} {RELAY} {BLASTER} {CONTRACT}"]
        done = subprocess.run([str(word) for word in command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace",
                              stdin=subprocess.DEVNULL)
    cases, output = [], done.stdout.split("\n")
    for line in output:
        if line.startswith(("ok - ", "not ok - ")):
            cases.append((line.split(" - ", 1)[1], [] if line.startswith("not") else None))
        elif line.startswith("# ") and cases and cases[-1][1] is not None:
            cases[-1][1].append(line[2:])
    ended = None if done.returncode == 0 and output[-2:] == ["# end", ""] else [f"status {done.returncode}", *output[-20:]]
    return cases + [("the guest ran to its end", ended)]


def judge(fault):
    def run():
        assert fault is None, "\n".join(fault)
    return run


if __name__ == "__main__":
    tap.run([(f"{KERNEL}: {name}", judge(fault)) for name, fault in in_guest()])

#!/usr/bin/env python3
"""The packages as an operator meets them, made of the programs in build/: what lintian, systemd and the shells say of them, and their life in
a fresh root: install, messages, upgrade, purge."""

import contextlib
import os
import pathlib
import re
import shutil
import socket
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests"))
import tap  # noqa: E402

BUILD = pathlib.Path(os.environ.get("MSRP_RELAY_BUILD", ROOT / "build"))
MOST_EXPOSED = 1.5  # of systemd-analyze security
WORK = pathlib.Path(tempfile.mkdtemp(prefix="msrp-relay-packages-"))


def run(*words, good=True, **options):
    """Output of a command; good: it must exit with 0."""
    done = subprocess.run([str(word) for word in words], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace", check=False, **options)
    assert not good or done.returncode == 0, f"{words[0]}: {done.returncode}\n{done.stdout[-4000:]}"
    return done.stdout


def deb(name, version="0.1.0~test1"):
    """The package of that version, built when it is asked for first."""
    folder = WORK / version
    if not folder.exists():
        run(ROOT / "packaging/build-deb", "--prebuilt", BUILD, "--version", version, "--output", folder, cwd=ROOT)
    (found,) = [path for path in folder.glob(f"{name}_*.deb")]
    return found


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def test_lintian():
    """lintian finds no error and no warning"""
    said = run("lintian", "--allow-root", "--pedantic", "--display-info", deb("msrp-relay"), deb("msrp-blaster"), good=False)
    bad = [line for line in said.splitlines() if re.match(r"[EW]: ", line)]
    assert not bad, "\n".join(bad)


def test_programs_are_hardened():
    """both programs are position independent, with full RELRO, no executable stack and a canary"""
    for name in ("msrp-relay", "msrp-blaster"):
        program = BUILD / name
        assert "DYN" in run("readelf", "-hW", program)
        headers = run("readelf", "-lWd", program)
        assert "GNU_RELRO" in headers and "BIND_NOW" in headers
        assert re.search(r"GNU_STACK.* RW +", headers), headers
        assert "__stack_chk_fail" in run("readelf", "-sW", program)


def test_sandbox():
    """the unit is sandboxed: systemd-analyze security says at most 1.5"""
    said = run("systemd-analyze", "security", "--offline=yes", "--no-pager", ROOT / "packaging/systemd/msrp-relay.service")
    exposed = float(re.search(r"Overall exposure level for \S+: ([0-9.]+)", said).group(1))
    assert exposed <= MOST_EXPOSED, said


def members(name):
    """System calls of a set of systemd's."""
    found = set()
    for line in run("systemd-analyze", "syscall-filter", name).splitlines()[1:]:
        word = line.strip()
        if word and not word.startswith("#"):
            found |= members(word) if word.startswith("@") else {word}
    return found


def test_system_calls():
    """what the relay calls from start to end, under load, when it reads again and is watched, is what the unit allows"""
    allowed = set()
    for refused, words in re.findall(r"^SystemCallFilter=(~?)(.*)", (ROOT / "packaging/systemd/msrp-relay.service").read_text(encoding="utf-8"), re.M):
        calls = set().union(*(members(word) if word.startswith("@") else {word} for word in words.split()))
        allowed = allowed - calls if refused else allowed | calls
    trace, log, port = WORK / "trace", WORK / "log", free_port()
    config = WORK / "relay.toml"
    config.write_text((ROOT / "conf/quickstart.toml").read_text(encoding="utf-8").replace("2855", str(port))
                      .replace("users.htdigest", str(ROOT / "conf/users.htdigest")) + f'\n[http]\nlisten = "unix:{WORK}/http.sock"\n', encoding="utf-8")
    with log.open("w", encoding="utf-8") as output:
        traced = subprocess.Popen(["strace", "-f", "-qq", "-o", trace, "--", BUILD / "msrp-relay", "--config", config], stdout=output, stderr=output)
    try:
        said = subprocess.Popen(["tail", "-n", "+1", "-F", log], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        for wanted in ("msrp-relay: ready", "rules event=\"read again\""):
            for line in said.stdout:
                if wanted in line:
                    break
            run(BUILD / "msrp-blaster", "--relay", f"127.0.0.1:{port}", "--user", "alice", "--password", "wonderland", "--messages", "1000", "--quiet")
            run("curl", "-s", "--unix-socket", WORK / "http.sock", "http://relay/metrics")
            run("pkill", "-HUP", "-P", traced.pid)
        said.kill()
        run("pkill", "-TERM", "-P", traced.pid)
        assert traced.wait(60) == 0, log.read_text(encoding="utf-8")
    finally:
        traced.kill()
    text = trace.read_text(encoding="utf-8", errors="replace")
    used = set(re.findall(r"^\d+ +([a-z_0-9]+)\(", text, re.M))
    assert {"io_uring_enter", "capset", "sched_setaffinity"} <= used, used
    assert not used - allowed, f"the unit refuses {sorted(used - allowed)}"
    # MemoryDenyWriteExecute=
    assert "PROT_WRITE|PROT_EXEC" not in text


def test_apparmor():
    """the AppArmor profile is one"""
    run("apparmor_parser", "--skip-kernel-load", "--skip-cache", "--debug", ROOT / "packaging/apparmor/usr.sbin.msrp-relay")


def options_of(program):
    """Long options that --help of a program names."""
    return set(re.findall(r"(?<![\w-])--[a-z0-9-]+[a-z0-9]", run(BUILD / program, "--help")))


def test_completion():
    """bash and zsh complete every option that --help names, and none that the program does not know"""
    for program in ("msrp-relay", "msrpctl", "msrp-blaster"):
        wanted = options_of(program)
        asked = (f"source {ROOT}/packaging/completion/{program}.bash; COMP_WORDS=({program} --); COMP_CWORD=1; "
                 f"{'_' + program.replace('-', '_')}; printf '%s\\n' \"${{COMPREPLY[@]}}\"")
        offered = set(run("bash", "-c", asked).split())
        zsh = ROOT / f"packaging/completion/_{program}"
        run("zsh", "-n", zsh)
        in_zsh = set(re.findall(r"--[a-z0-9-]+[a-z0-9]", zsh.read_text(encoding="utf-8")))
        for found in (offered, in_zsh):
            missing = wanted - found
            assert not missing, f"{program}: not completed: {sorted(missing)}"
        if program == "msrpctl":  # its options belong to its commands
            assert offered | in_zsh == wanted, (offered | in_zsh) ^ wanted
            continue
        for option in sorted(offered | in_zsh):
            said = run(BUILD / program, option, good=False, timeout=20, stdin=subprocess.DEVNULL)
            assert "is no option" not in said and "not expected" not in said, f"{program} {option}: {said}"


def test_manual():
    """the manual pages are without a warning, of the same keys as the configuration's page, and name every option"""
    run(sys.executable, ROOT / "docs/man/configuration.py", "--check")
    for page in sorted((ROOT / "docs/man").glob("*.[1-8]")):
        said = run("man", "--warnings", "-l", page, env={**os.environ, "MANWIDTH": "100", "MANPAGER": "cat"})
        warnings = run("sh", "-c", f"man --warnings -l {page} 2>&1 >/dev/null")
        assert not warnings.strip(), warnings
        program = page.name.rsplit(".", 1)[0]
        if (BUILD / program).exists():
            missing = [option for option in options_of(program) if option.lstrip("-") not in said.replace("\u2010", "-").replace("\u2212", "-")]
            assert not missing, f"{page.name}: {missing}"


def mirrors():
    """deb lines of this machine's Debian archive."""
    lines = run("apt-get", "indextargets", "--format", "$(REPO_URI) $(CODENAME)", "Created-By: Packages", "Origin: Debian", "Component: main")
    codename = re.search(r"VERSION_CODENAME=(\S+)", pathlib.Path("/etc/os-release").read_text(encoding="utf-8")).group(1)
    return codename, sorted({f"deb {line.split()[0]} {line.split()[1]} main" for line in lines.splitlines() if line.split()[1].startswith(codename)
                             and not line.split()[1].endswith("-backports")})


@contextlib.contextmanager
def fresh_root():
    """A Debian of this machine's release with nothing but apt."""
    if os.geteuid() != 0 or subprocess.run(["unshare", "--mount", "true"], stderr=subprocess.DEVNULL, check=False).returncode != 0:
        raise tap.Skip("a root of its own wants root, and leave to mount")
    root = WORK / "root"
    codename, lines = mirrors()
    # As this machine reaches its mirrors, and what it thinks of their dates.
    settings = [f"--aptopt={line}" for line in run("apt-config", "dump").splitlines() if re.match(r"Acquire::(Check-\S+|\S+::Proxy\S*) ", line)]
    run("mmdebstrap", "--variant=apt", "--include=openssl,ca-certificates", *settings, codename, root, *lines)
    mounts = ["proc", "dev"]
    try:
        for name in mounts:
            run("mount", "--rbind", f"/{name}", root / name)
        shutil.copy("/etc/resolv.conf", root / "etc/resolv.conf")
        yield root
    finally:
        for name in mounts:
            run("umount", "-lR", root / name, good=False)


def files_in(root):
    """All but what apt, dpkg and the machine keep for themselves."""
    own = ("proc", "dev", "sys", "run", "tmp", "root", "var/cache", "var/lib/apt", "var/lib/dpkg", "var/log", "var/lib/systemd")
    found = set()
    for folder, folders, names in os.walk(root):
        at = os.path.relpath(folder, root)
        folders[:] = [name for name in folders if os.path.normpath(os.path.join(at, name)) not in own]
        found |= {os.path.normpath(os.path.join(at, name)) for name in names + folders}
    return found


# Where there is no systemd: what the unit would start, as its user, until `stop`.
SYSTEMCTL = """#!/bin/sh
set -eu
folder=/run/msrp-relay-test
case "$*" in
  'enable --now msrp-relay')
    mkdir -p "$folder"
    setpriv --reuid msrp-relay --regid msrp-relay --clear-groups msrp-relay >"$folder/log" 2>&1 &
    echo $! >"$folder/pid"
    until grep -q 'msrp-relay: ready' "$folder/log"; do kill -0 "$(cat "$folder/pid")" || { cat "$folder/log"; exit 1; }; sleep 0.1; done ;;
  stop) kill "$(cat "$folder/pid")"; while kill -0 "$(cat "$folder/pid")" 2>/dev/null; do sleep 0.1; done ;;
  *) exit 0 ;;
esac
"""


def first_hour(inside, root):
    """Types what docs/first-hour.md says; then takes away what an operator would."""
    blocks = re.findall(r"^```sh\n(.*?)^```", (ROOT / "docs/first-hour.md").read_text(encoding="utf-8"), re.M | re.S)
    commands = [line for block in blocks for line in block.splitlines()]
    assert 1 < len(commands) <= 10, commands
    program = root / "usr/local/bin/systemctl"
    program.write_text(SYSTEMCTL, encoding="utf-8")
    program.chmod(0o755)
    try:
        for command in commands:
            said = inside("sh", "-c", f"cd /tmp && {command}", timeout=300)
        assert "1,000 delivered whole" in said and "errors     none" in said, said
        inside("systemctl", "stop")
    finally:
        program.unlink()
        for name in ("tls/relay.key", "tls/relay.pem", "users.htdigest"):
            (root / "etc/msrp-relay" / name).unlink(missing_ok=True)


def test_life():
    """install as docs/first-hour.md says, AUTH and SEND as its own user, upgrade that keeps the configuration, purge that leaves nothing"""
    with fresh_root() as root:
        def inside(*words, **options):
            environment = {"PATH": "/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C.UTF-8"}
            return run("chroot", root, *words, env=environment, **options)

        def install(*packages):
            for package in packages:
                shutil.copy(package, root / "tmp")
            inside("apt-get", "install", "-y", "--no-install-recommends", *[f"/tmp/{package.name}" for package in packages])

        # What they depend on stays; only their own files are to go.
        depends = ",".join(re.search(r" Depends: (.*)", run("dpkg", "-I", package)).group(1) for package in (deb("msrp-relay"), deb("msrp-blaster")))
        names = sorted({re.split(r"[ |(]", part.strip())[0] for part in depends.split(",")})
        inside("apt-get", "update", "-q")
        inside("apt-get", "install", "-y", "--no-install-recommends", *names)
        before = files_in(root)
        for name in ("msrp-relay", "msrp-blaster"):
            shutil.copy(deb(name), root / "tmp")
        first_hour(inside, root)
        assert "msrp-relay:" in (root / "etc/passwd").read_text(encoding="utf-8")
        # Nothing listens before somebody has said so, and what is missing is named.
        assert not list((root / "etc/systemd/system").rglob("msrp-relay.service"))
        said = inside("msrp-relay", "--check", good=False)
        assert all(f"/etc/msrp-relay/{name}: " in said for name in ("tls/relay.pem", "tls/relay.key", "users.htdigest")), said
        shutil.copy(ROOT / "packaging/debian/tests/relays-a-message", root / "tmp/relays-a-message")
        assert "relayed 200 messages" in inside("/tmp/relays-a-message", timeout=120)

        config = root / "etc/msrp-relay/msrp-relay.toml"
        config.write_text(config.read_text(encoding="utf-8").replace("relay.example.org", "relay.example.net"), encoding="utf-8")
        install(deb("msrp-relay", "0.1.1~test1"))
        assert "0.1.1~test1" in inside("dpkg-query", "-W", "msrp-relay")
        assert "relay.example.net" in config.read_text(encoding="utf-8")
        assert "relayed 200 messages" in inside("/tmp/relays-a-message", timeout=120)

        inside("apt-get", "purge", "-y", "msrp-relay", "msrp-blaster")
        left = files_in(root) - before
        assert not left, f"purge leaves {len(left)}: {sorted(left)[:20]}"


if __name__ == "__main__":
    try:
        tap.run(tap.functions(globals()))
    finally:
        shutil.rmtree(WORK, ignore_errors=True)

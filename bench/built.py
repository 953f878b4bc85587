"""The programs that are measured: a release build of this tree, made and kept up to date on demand."""

import os
import pathlib
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[1]
PROGRAMS = ("msrp-relay", "msrp-blaster", "bench/bench-limit", "bench/gate-load")


def add_options(parser):
    parser.add_argument("--build", default=str(ROOT / "build-bench"), help="where the release is built, or lies (build-bench)")
    parser.add_argument("--relay", help="another msrp-relay than that of the build")
    parser.add_argument("--blaster", help="another msrp-blaster than that of the build")


def build(folder, targets, *settings):
    """Builds `targets` in `folder`, which is configured first if it is not. Exits where that fails: the compiler has said why."""
    folder = pathlib.Path(folder)
    if shutil.which("meson") is None:
        sys.exit("no meson here: tools/setup installs what a build needs")
    commands = [["ninja", "-C", folder, *targets]]
    if not (folder / "build.ninja").exists():
        commands.insert(0, ["meson", "setup", folder, ROOT, f"-Dpkg_config_path={ROOT}/.deps/wolfssl/lib/pkgconfig", "--buildtype=release", "-Db_lto=true",
                            "-Dbench=true", "-Dtests=true", *settings])
    for command in commands:
        if subprocess.run([str(word) for word in command], stdout=sys.stderr, check=False).returncode != 0:
            sys.exit(f"failed: {' '.join(map(str, command))}\nwhat to do: see above; tools/setup installs what is missing")


def programs(options, targets=PROGRAMS):
    """Fills in options.relay, .blaster, .limit and .gate_load, building what is not given."""
    folder = pathlib.Path(options.build)
    given = {"msrp-relay": options.relay, "msrp-blaster": options.blaster}
    needed = [name for name in targets if given.get(name) is None]
    if not (options.relay and options.blaster):
        build(folder, needed)
    options.relay = options.relay or str(folder / "msrp-relay")
    options.blaster = options.blaster or str(folder / "msrp-blaster")
    options.limit, options.gate_load = str(folder / "bench/bench-limit"), str(folder / "bench/gate-load")
    for program in (options.relay, options.blaster):
        if not os.access(program, os.X_OK):
            sys.exit(f"{program} is no program")

"""Run everything that tests Jishi: find or install the outside programs, lint, then pytest on both databases.

    .venv/bin/python -m tools.run_tests [PYTEST ARGUMENTS]

The last lines say what could not be run; with CI=true that is a failure.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from tests.support import chromium, postgres_programs
from tests.support.missing import in_ci

ROOT = Path(__file__).resolve().parent.parent
APT_S = 900
# What is needed, how it is found, the Debian packages that bring it, and what is not tested without it.
NEEDS: tuple[tuple[Callable[[], object], tuple[str, ...], str], ...] = (
    (postgres_programs.postgres_bin, ("postgresql",), f"the tests on PostgreSQL: {postgres_programs.MISSING}"),
    (chromium.find, ("chromium", "fonts-noto-cjk"), f"the tests in a browser: {chromium.MISSING}"),
)


def install(packages: tuple[str, ...]) -> None:
    """Install Debian packages, if we are root on a Debian; whatever goes wrong shows when they are looked for again."""
    apt = shutil.which("apt-get")
    if apt is None or os.geteuid() != 0:
        return
    print(f"Installing {' and '.join(packages)} with apt-get ...", flush=True)
    quiet = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    for arguments in (["update"], ["install", "--yes", "--no-install-recommends", *packages]):
        command = ["timeout", str(APT_S), apt, "-qq", *arguments]
        done = subprocess.run(command, env=quiet, capture_output=True, text=True)
        if done.returncode:
            print(f"apt-get {arguments[0]} failed: {done.stderr.strip()[-500:]}", file=sys.stderr, flush=True)


def missing() -> list[str]:
    """Install what is missing and can be installed; return what stays untested."""
    untested = []
    for find, packages, without in NEEDS:
        if not find():
            install(packages)
            postgres_programs.postgres_bin.cache_clear()
        if not find():
            untested.append(without)
    return untested


def run(title: str, *arguments: str) -> bool:
    """Run one step and tell whether it passed."""
    print(f"== {title}", flush=True)
    return subprocess.run([sys.executable, "-m", *arguments], cwd=ROOT).returncode == 0


def main(arguments: list[str]) -> int:
    """Run all steps, also when an earlier one fails."""
    untested = missing()
    passed = [run("lint", "ruff", "check", "."), run("tests", "pytest", *arguments)]
    for without in untested:
        print(f"NOT RUN: {without}", flush=True)
    if untested and in_ci():
        print("With CI=true everything must run: this is a failure.", flush=True)
        return 1
    return 0 if all(passed) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

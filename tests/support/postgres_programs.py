"""Where PostgreSQL's programs are on this machine, and which user may run them."""

import os
import pwd
import re
import shutil
import subprocess
from functools import cache
from pathlib import Path

MAJOR_MIN = 15
FOLDERS = ("/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/opt/homebrew/opt/postgresql@*/bin")
NEEDED = ("initdb", "postgres", "psql", "createdb", "dropdb")
MISSING = (
    f"PostgreSQL {MAJOR_MIN} or newer was not found: install it (Debian: apt install postgresql) "
    "or put its programs on PATH"
)


@cache
def postgres_bin() -> Path | None:
    """Return the folder with the newest usable PostgreSQL programs, or None."""
    folders = [folder for pattern in FOLDERS for folder in Path("/").glob(pattern.lstrip("/"))]
    if on_path := shutil.which("postgres"):
        folders.append(Path(on_path).resolve().parent)
    usable = [(major_version(folder), folder) for folder in folders if is_complete(folder)]
    newest = max(usable, default=(0, None))
    return newest[1] if newest[0] >= MAJOR_MIN else None


def is_complete(folder: Path) -> bool:
    """Tell whether a folder holds every program the tests call."""
    return all(os.access(folder / program, os.X_OK) for program in NEEDED)


def major_version(folder: Path) -> int:
    """Return the major version of the server in a folder."""
    answer = subprocess.run([folder / "postgres", "--version"], capture_output=True, text=True, check=True, timeout=10)
    found = re.search(r"\d+", answer.stdout)
    return int(found.group()) if found else 0


@cache
def programs_user() -> str | None:
    """Return the user to run the server as: PostgreSQL refuses to run as root. None means ourselves."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name).pw_name
        except KeyError:
            continue
    raise RuntimeError("PostgreSQL refuses to run as root, and there is neither a user 'postgres' nor 'nobody'")

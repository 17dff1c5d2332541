"""Which Chromium the browser tests drive, and how it is started."""

import os
import shutil
from pathlib import Path
from typing import Any

PROGRAMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
APPLICATIONS = (
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
)
MISSING = "Chromium was not found: install it (Debian: apt install chromium) or set CHROMIUM to its path"
# The tests open our own pages only, also as root, where the sandbox cannot start;
# without the last four, Chromium itself calls hosts on the Internet.
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def find() -> str | None:
    """Return the path of a Chromium: $CHROMIUM if set, else one on PATH, else an application of macOS."""
    if named := os.environ.get("CHROMIUM"):
        return shutil.which(named)
    on_path = (shutil.which(program) for program in PROGRAMS)
    installed = (path for path in APPLICATIONS if Path(path).exists())
    return next((path for path in (*on_path, *installed) if path), None)


def launch_options() -> dict[str, Any]:
    """Return the arguments of Playwright's `chromium.launch`."""
    path = find()
    if path is None:
        raise RuntimeError(MISSING)
    return {"executable_path": path, "args": list(FLAGS), "headless": True}

"""Install Jishi into the environment this runs in, and show how it gets on.

    .venv/bin/python tools/install.py [EXTRA]
"""

import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOG = ROOT / ".venv" / "install.log"
BEGINNINGS = ("Collecting ", "Obtaining ", "Installing build dependencies", "Installing collected")


def main(arguments: list[str]) -> int:
    """Run pip; print one line while it works, the end of its log if it fails."""
    extra = f"[{arguments[0]}]" if arguments else ""
    started = time.monotonic()
    print("Installing Jishi and the libraries it stands on; this is needed once and takes about a minute.", flush=True)
    command = [sys.executable, "-m", "pip", "install", "--disable-pip-version-check", "--editable", f"{ROOT}{extra}"]
    with LOG.open("w") as log:
        process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        steps = 0
        for line in process.stdout:
            log.write(line)
            if line.strip().startswith(BEGINNINGS):
                steps += 1
                show(f"  {steps:3} {line.strip()[:70]}")
    if process.wait():
        print(f"\n{LOG.read_text()[-2000:]}\nThe installation failed; the whole log is {LOG}.", file=sys.stderr)
        return 1
    show(f"  installed in {time.monotonic() - started:.0f} s")
    print(flush=True)
    return 0


def show(text: str) -> None:
    """Print over the last line on a terminal, below it elsewhere."""
    if sys.stdout.isatty():
        print(f"\r{text:80}", end="", flush=True)
    else:
        print(text, end="\n" if not text.startswith("  installed") else "", flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

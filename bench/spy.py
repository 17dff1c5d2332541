"""Records what a running server does, with py-spy: from outside, its processes and threads, without changing it."""

import contextlib
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from bench.machine import children

MOST_S, WRITE_S = 300, 60
MISSING = "py-spy is missing: pip install -e .[dev]"
# What a server's processes are, in the order they are started in.
PROCESSES = ("server", "writer", "background writer")
_PROCESS = re.compile(r'process (\d+):"[^"]*"')


@contextlib.contextmanager
def recording(pid: int, file: Path, rate: int) -> Iterator[None]:
    """Record a server into a file while it lasts: a line for each way to stand somewhere, and how often it was met.

    rate: samples a second. Raises RuntimeError with what py-spy says.
    """
    program = shutil.which("py-spy", path=str(Path(sys.executable).parent)) or shutil.which("py-spy")
    if program is None:
        raise RuntimeError(MISSING)
    file.parent.mkdir(exist_ok=True)
    names = dict(zip(children(pid), PROCESSES, strict=False))
    command = [program, "record", "--pid", str(pid), "--output", str(file), "--format", "raw", "--rate", str(rate),
               "--nolineno", "--duration", str(MOST_S), "--subprocesses"]  # fmt: skip
    recorder = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    try:
        yield
    finally:
        recorder.send_signal(signal.SIGINT)  # as Ctrl-C: it writes what it has
        try:
            told = recorder.communicate(timeout=WRITE_S)[1]
        except subprocess.TimeoutExpired:
            recorder.kill()
            told = recorder.communicate()[1]
    if recorder.returncode:
        raise RuntimeError(f"py-spy may need root: {told.strip()[-300:]}")
    file.write_text(named(file.read_text(), names))


def named(recorded: str, names: dict[int, str]) -> str:
    """A record in which processes stand by what they do, and not by how they were started."""
    return _PROCESS.sub(lambda found: names.get(int(found[1]), "another process"), recorded)

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
PROCESSES = SERVER, WRITER, BACKGROUND = "server", "writer", "background writer"
_PROCESS = re.compile(r'process (\d+):"[^"]*"')


class NotRecorded(Exception):
    """There is no record, and this is why."""


def processes_of(server: int) -> dict[int, str]:
    """A server's processes by what they do, in the order they were started in: that for background work is the last."""
    first, *writers = sorted(children(server))
    named = {first: SERVER} | dict.fromkeys(writers, WRITER)
    return named | ({writers[-1]: BACKGROUND} if len(writers) > 1 else {})


@contextlib.contextmanager
def recording(server: int, file: Path, rate: int) -> Iterator[None]:
    """Record a server into a file while it lasts: a line for each way to stand somewhere, and how often it was met.

    server: its process id. rate: samples a second. Raises NotRecorded.
    """
    program = shutil.which("py-spy", path=str(Path(sys.executable).parent)) or shutil.which("py-spy")
    if program is None:
        raise NotRecorded(MISSING)
    file.parent.mkdir(exist_ok=True)
    names = processes_of(server)
    command = [program, "record", "--pid", str(server), "--output", str(file), "--format", "raw", "--rate", str(rate),
               "--nolineno", "--duration", str(MOST_S), "--subprocesses"]  # fmt: skip
    recorder = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    early = False
    try:
        begun(recorder)
        yield
        early = recorder.poll() is not None
    finally:
        told = stopped(recorder)
    if early or recorder.returncode:  # what lies in the file then is half of a record, or an older one
        raise NotRecorded(f"py-spy gave up: {told.strip()[-300:]}")
    file.write_text(named(file.read_text(), names))


def begun(recorder: subprocess.Popen) -> None:
    """Wait until it samples. Raises NotRecorded when it never does."""
    told = ""
    for line in recorder.stdout:
        told += line
        if "Sampling process" in line:
            return
    raise NotRecorded(f"py-spy may need root: {told.strip()[-300:]}")


def stopped(recorder: subprocess.Popen) -> str:
    """Have it write what it has, as Ctrl-C does; returns what it says."""
    recorder.send_signal(signal.SIGINT)
    try:
        return recorder.communicate(timeout=WRITE_S)[0]
    except subprocess.TimeoutExpired:
        recorder.kill()
        return recorder.communicate()[0]


def named(recorded: str, names: dict[int, str]) -> str:
    """A record in which processes stand by what they do, and not by how they were started."""
    return _PROCESS.sub(lambda found: names.get(int(found[1]), "another process"), recorded)

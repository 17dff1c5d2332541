"""Flame graphs of server and writer under orders, by py-spy: var/flame-pg.svg and var/flame-sqlite.svg. They are for
reading, and slow the server a little: no figure is taken.
"""

import contextlib
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from bench.frame import Frame
from bench.ordering import Orders

FOLDER = Path("var")
RATE, MOST_S, WRITE_S = 200, 120, 60
MISSING = "py-spy is missing: pip install -e .[dev]"


async def run(frame: Frame) -> None:
    """Record while rounds of orders run."""
    program = shutil.which("py-spy", path=str(Path(sys.executable).parent)) or shutil.which("py-spy")
    if program is None:
        frame.say(f"  no flame graphs: {MISSING}")
        return
    for kind in ("pg", "sqlite"):
        async with frame.served(kind) as (place, servers):
            orders = Orders(place.market, servers, 10)
            await orders.round(frame.sizes.round // 4)
            with recording(frame, program, servers[0].pid, f"flame-{kind}.svg"):
                for _ in range(frame.sizes.rounds):
                    await orders.round(frame.sizes.round)


@contextlib.contextmanager
def recording(frame: Frame, program: str, pid: int, name: str) -> Iterator[None]:
    """Record a process while it lasts."""
    FOLDER.mkdir(exist_ok=True)
    file = FOLDER / name
    command = [program, "record", "--pid", str(pid), "--output", str(file), "--rate", str(RATE),
               "--duration", str(MOST_S), "--nonblocking", "--subprocesses"]  # fmt: skip
    recorder = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    try:
        yield
    finally:
        recorder.send_signal(signal.SIGINT)  # as Ctrl-C: it writes what it has
        try:
            told = recorder.communicate(timeout=WRITE_S)[1].decode()
        except subprocess.TimeoutExpired:
            recorder.kill()
            told = recorder.communicate()[1].decode()
    frame.say(f"  {file}" if not recorder.returncode else f"  py-spy may need root: {told.strip()[-300:]}")

"""Flame graphs of the server under orders, by py-spy: var/flame-pg.svg and var/flame-sqlite.svg. They are for reading,
and slow the server a little: no figure is taken.
"""

import asyncio
import shutil
import subprocess
import sys
from pathlib import Path

from bench.frame import Frame
from bench.ordering import Orders

FOLDER = Path("var")
RATE, MOST_S = 200, 120
MISSING = "py-spy is missing: pip install -e .[dev]"


async def run(frame: Frame) -> None:
    """Record while rounds of orders run."""
    program = shutil.which("py-spy", path=str(Path(sys.executable).parent)) or shutil.which("py-spy")
    if program is None:
        frame.say(f"  no flame graphs: {MISSING}")
        return
    FOLDER.mkdir(exist_ok=True)
    for kind in ("pg", "sqlite"):
        async with frame.served(kind) as (place, servers):
            orders = Orders(place.market, servers, 10)
            await orders.round(frame.sizes.round // 4)
            file = FOLDER / f"flame-{kind}.svg"
            command = [program, "record", "--pid", str(servers[0].pid), "--output", str(file), "--rate", str(RATE),
                       "--duration", str(MOST_S), "--nonblocking"]  # fmt: skip
            recorder = await asyncio.create_subprocess_exec(*command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
            try:
                for _ in range(frame.sizes.rounds):
                    await orders.round(frame.sizes.round)
            finally:
                if recorder.returncode is None:
                    recorder.send_signal(2)  # as Ctrl-C: it writes what it has
                _, told = await asyncio.wait_for(recorder.communicate(), 60)
            if file.exists():
                frame.say(f"  {file}")
            else:
                frame.say(f"  no flame graph, py-spy may need root: {told.decode().strip()[-300:]}")

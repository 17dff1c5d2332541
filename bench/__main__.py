"""Runs the benchmark and prints one JSON object as the last line. Everything before it is for people.

    python -m bench [FIGURE ...]        all figures, or those named
    BENCH_AGAINST=../other python -m bench against     this version ÷ another checkout, by turns
    python -m bench --size many=100000  another size of one thing; see `Sizes` in frame.py
    python -m bench --table FILE.json   write the guide's tables that the run has figures for, from a kept last line

BENCH_QUICK=1 makes everything small: to see that it works, never to quote.
"""

import argparse
import asyncio
import importlib
import json
import os
import platform
import resource
import signal
import sys
import tempfile
import time
import traceback
from pathlib import Path

import uvloop

from bench.frame import FULL, QUICK, Frame, Sizes
from bench.machine import Stolen, python
from bench.table import write
from tools.catalogues import compile_stale

FIGURES = ("orders", "growth", "timers", "sqlite", "gifts", "product_page", "memory", "two_engines", "crash", "flame")
BY_NAME = ("against", "path")  # measured when asked for only: what they need is not everywhere
FILES = 8192


async def measure(frame: Frame, names: list[str]) -> list[str]:
    """Each figure in turn; one that fails is told of, and the others are still measured. Returns which failed."""
    # Asked to leave, it stops what it has started, as after an error.
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, asyncio.current_task().cancel)
    failed = []
    for name in names:
        began, stolen = time.monotonic(), Stolen()
        frame.say(f"{name}")
        try:
            await importlib.import_module(f"bench.figures.{name}").run(frame)
        except Exception as error:  # noqa: BLE001  whatever went wrong, the run fails at its end
            traceback.print_exception(error)
            failed.append(name)
        frame.stolen[name] = stolen.percent()
        frame.say(f"  {name} took {time.monotonic() - began:.0f} s; the host kept {frame.stolen[name]} % of the cores")
    return failed


def main(arguments: list[str]) -> int:
    """Measure, and print the figures."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("figures", nargs="*", help=f"which: {', '.join(FIGURES)} (default: all), {', '.join(BY_NAME)}")
    parser.add_argument("--table", type=Path, help="write those of the guide's tables that a run has figures for")
    parser.add_argument("--size", action="append", default=[], metavar="NAME=N", help="another size of one thing")
    chosen = parser.parse_args(arguments)
    if chosen.table:
        print(write(json.loads(chosen.table.read_text().splitlines()[-1])))
        return 0
    if unknown := set(chosen.figures) - {*FIGURES, *BY_NAME}:
        parser.error(f"no such figure: {', '.join(sorted(unknown))}")
    if "against" in chosen.figures and not os.environ.get("BENCH_AGAINST"):
        parser.error("set BENCH_AGAINST to the folder of another checkout, in which `make run` has been run once")
    compile_stale()
    more_files()
    sizes = sized(QUICK if os.environ.get("BENCH_QUICK") else FULL, chosen.size)
    with tempfile.TemporaryDirectory(prefix="jishi-bench-") as folder, Frame.open(Path(folder), sizes) as frame:
        failed = names = chosen.figures or list(FIGURES)
        try:
            with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
                failed = runner.run(measure(frame, names))
        finally:
            ran = about(sizes) | {"failed": failed, "stolen_percent": frame.stolen}
            print(json.dumps(ran | frame.figures | {"spread": frame.spreads}))
    return 1 if failed else 0


def more_files() -> None:
    """Thousands of connections are files, here and in the servers, which inherit the limit."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY and soft < FILES:
        most = FILES if hard == resource.RLIM_INFINITY else min(FILES, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))


def sized(sizes: Sizes, changes: list[str]) -> Sizes:
    """Sizes with some of them changed: shops=…, skus_per_shop=…, buyers=… are the market's."""
    for change in changes:
        name, _, number = change.partition("=")
        if name in sizes.market._fields:
            sizes = sizes._replace(market=sizes.market._replace(**{name: int(number)}))
        else:
            sizes = sizes._replace(**{name: int(number)})
    return sizes


def about(sizes: Sizes) -> dict:
    """What was measured where: figures of other sizes or machines are no match for these."""
    kept = sizes._asdict() | {"market": sizes.market._asdict()}
    machine = {"python": python(), "cores": os.cpu_count(), "system": platform.system()}
    return {"full": sizes == FULL, "machine": machine, "sizes": kept}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""What a benchmark asks of the machine: processor time and memory of processes, pgbench, and the spread of runs."""

import contextlib
import os
import platform
import re
import statistics
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path

from tests.support.postgres import Postgres

TICK_US = 1_000_000 // os.sysconf("SC_CLK_TCK")
BENCH_SCALE = 20


def cpu_us(*pids: int) -> int:
    """User and system time of processes so far, in µs; a process that has ended counts nothing."""
    return sum([ticks(Path(f"/proc/{pid}/stat")) for pid in pids]) * TICK_US


def ticks(stat: Path) -> int:
    """User and system time that the system tells of there (proc(5))."""
    try:
        fields = stat.read_text().rsplit(")", 1)[1].split()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    return int(fields[11]) + int(fields[12])


class Stolen:
    """How much of this machine's processor time its host gives to others, from here on: a virtual machine has its cores
    only in name. While it is a tenth, answers take two to five times as long.
    """

    def __init__(self) -> None:
        self.before = self.ticks()

    @staticmethod
    def ticks() -> tuple[int, int]:
        """Ticks of all cores so far: those the host kept, and all of them (proc(5): the eighth is `steal`)."""
        fields = [int(field) for field in Path("/proc/stat").read_text().split(maxsplit=9)[1:9]]
        return fields[7], sum(fields)

    def percent(self) -> float:
        """The host's share so far."""
        (stolen, every), now = self.before, self.ticks()
        return round(100 * (now[0] - stolen) / max(now[1] - every, 1), 1)


@contextlib.contextmanager
def as_load() -> Iterator[None]:
    """While it lasts this process, and whatever it starts, takes its turn when it has something to do, and interrupts
    nobody (SCHED_BATCH of sched(7)): a load from another machine would not stop the server at each of its answers.
    """
    before = os.sched_getscheduler(0)
    os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))
    try:
        yield
    finally:
        os.sched_setscheduler(0, before, os.sched_param(0))


def memory_bytes(pid: int) -> int:
    """What a process and all below it hold of memory alone, and its part of what is shared."""
    total = 0
    for one in children(pid):
        told = Path(f"/proc/{one}/smaps_rollup").read_text()
        total += int(re.search(r"^Pss:\s+(\d+) kB", told, re.MULTILINE)[1]) * 1024
    return total


def children(pid: int) -> list[int]:
    """A process and all below it."""
    found = [pid]
    for parent in found:
        for task in Path(f"/proc/{parent}/task").glob("*/children"):
            try:
                found += [int(child) for child in task.read_text().split()]
            except (FileNotFoundError, ProcessLookupError):
                continue  # that thread has just ended
    return found


def pgbench(cluster: Postgres, database: str, seconds: int) -> float:
    """TPC-B transactions a second: scale 20, prepared, 32 clients, two threads."""
    command = [str(cluster.programs / "pgbench"), "-s", str(BENCH_SCALE), "-n", "-M", "prepared", "-c", "32", "-j", "2",
               "-T", str(seconds), "-h", "127.0.0.1", "-p", str(cluster.port), "-U", "jishi", database]  # fmt: skip
    with as_load():
        told = subprocess.run(command, capture_output=True, text=True, check=True, timeout=seconds + 60)
    return float(re.search(r"tps = ([0-9.]+)", told.stdout)[1])


def pgbench_tables(cluster: Postgres, database: str) -> None:
    """Make pgbench's tables."""
    command = [str(cluster.programs / "pgbench"), "-i", "-q", "-s", str(BENCH_SCALE), "-h", "127.0.0.1",
               "-p", str(cluster.port), "-U", "jishi", database]  # fmt: skip
    subprocess.run(command, capture_output=True, check=True, timeout=600)


def median(values: list[float]) -> float:
    return statistics.median(values)


def spread(values: list[float]) -> float:
    """(max − min) ÷ median."""
    middle = statistics.median(values)
    return round((max(values) - min(values)) / middle, 3) if middle else 0.0


def percentile(values: list[float], percent: int) -> float:
    """The value that so many percent do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, len(ordered) * percent // 100)]


def python() -> str:
    """The interpreter and how it was built: without optimizations the same order takes a quarter more of its time."""
    optimized = sys.base_prefix == "/usr" or "--enable-optimizations" in (sysconfig.get_config_var("CONFIG_ARGS") or "")
    return f"{platform.python_version()} built {'with' if optimized else 'without'} optimizations"

"""Server and writer leave together: whichever is killed, the other does not stay behind.

Reason: a server that can change nothing any more looks alive to whoever watches over it, and a writer without its
server would go on holding the database.
"""

import asyncio
import os
import signal
import time
from pathlib import Path

import pytest

from tests.crash.serving import Serving, seed

pytestmark = [pytest.mark.anyio, pytest.mark.slow]
LEAVES_S, LOOK_S = 10, 0.05


def writer_of(serving: Serving) -> int:
    """The process id of a server's writer."""
    pid = serving.process.pid
    (writer,) = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return int(writer)


def gone(pid: int) -> bool:
    """Whether a process has ended; one that nobody has waited for yet has."""
    stat = Path(f"/proc/{pid}/stat")
    return not stat.exists() or stat.read_text().rpartition(")")[2].split()[0] == "Z"


async def leaves(pid: int) -> None:
    """Wait until a process has ended."""
    ends = time.monotonic() + LEAVES_S
    while not gone(pid):
        assert time.monotonic() < ends, f"process {pid} stays behind"
        await asyncio.sleep(LOOK_S)


async def test_a_killed_server_takes_its_writer_along(sqlite_url: str, tmp_path: Path):
    await seed(sqlite_url)
    serving = Serving(sqlite_url, tmp_path)
    serving.start()
    writer = writer_of(serving)
    serving.kill9()
    await leaves(writer)
    serving.start()
    serving.stop()


async def test_a_server_that_lost_its_writer_leaves_and_says_so(sqlite_url: str, tmp_path: Path):
    await seed(sqlite_url)
    serving = Serving(sqlite_url, tmp_path)
    serving.start()
    os.kill(writer_of(serving), signal.SIGKILL)
    assert await asyncio.to_thread(serving.process.wait, LEAVES_S) == 2
    assert "The write path has ended by itself" in (tmp_path / "serve.log").read_text()


async def test_a_signal_to_all_of_them_ends_both_in_good_order(sqlite_url: str, tmp_path: Path):
    await seed(sqlite_url)
    serving = Serving(sqlite_url, tmp_path)
    serving.start()
    writer = writer_of(serving)
    os.kill(writer, signal.SIGTERM)
    os.kill(writer, signal.SIGINT)
    serving.stop()
    await leaves(writer)
    assert "Traceback" not in (tmp_path / "serve.log").read_text()

"""A real server for a benchmark: the product with the local provider, on a market made before."""

import asyncio
import contextlib
import os
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from bench.machine import children, cpu_us
from tests.support.ports import free_port
from tests.support.provider_process import ProviderProcess

ROOT = Path(__file__).resolve().parents[1]
START_TRIES, STOP_S = 1200, 30
QUIET_TRIES, QUIET_S, QUIET_SHARE = 120, 0.25, 0.1


class Served(NamedTuple):
    """A running server: its port, its process, the provider's key file, and the instrument's file."""

    port: int
    process: subprocess.Popen
    key_file: Path
    meter: Path

    @property
    def pid(self) -> int:
        return self.process.pid

    def cpu_us(self) -> int:
        """Processor time of the server so far."""
        return cpu_us(*children(self.pid))


async def quiet(servers: list[Served]) -> None:
    """Wait until what the last load left to do is done: the servers need hardly any processor time."""
    for _ in range(QUIET_TRIES):
        before = sum(one.cpu_us() for one in servers)
        await asyncio.sleep(QUIET_S)
        if sum(one.cpu_us() for one in servers) - before < QUIET_SHARE * QUIET_S * 1_000_000 * len(servers):
            return
    raise RuntimeError("the servers never come to rest")


@contextlib.contextmanager
def serving(
    url: str, folder: Path, *, metered: bool = False, engines: int = 1, root: Path = ROOT
) -> Iterator[list[Served]]:
    """Servers on one database while it lasts. All processes are stopped by their pid, also after an error.

    root: the checkout whose server it is.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with contextlib.ExitStack() as stack:
        provider = stack.enter_context(ProviderProcess(folder))
        running = [stack.enter_context(server(url, folder, provider, metered, root)) for _ in range(engines)]
        yield running


@contextlib.contextmanager
def server(url: str, folder: Path, provider: ProviderProcess, metered: bool, root: Path) -> Iterator[Served]:
    """One server."""
    running = start(url, folder, provider, free_port(), metered=metered, root=root)
    try:
        yield running
    finally:
        stop(running.process)


def start(
    url: str, folder: Path, provider: ProviderProcess, port: int, *, metered: bool = False, root: Path = ROOT
) -> Served:
    """A server on this port, once it takes work; whoever starts it stops it."""
    settings = {
        "JISHI_FOLDER": str(folder / f"server-{port}"), "JISHI_PROVIDER_URL": provider.base_url,
        "JISHI_LOG_LEVEL": "warning", "JISHI_PROVIDER_SECRET_FILE": str(folder / "provider.secret"),
        "PYTHONPATH": str(root),
    }  # fmt: skip
    meter = folder / f"meter-{port}"
    settings |= {"BENCH_METER": str(meter)} if metered else {}
    command = [sys.executable, "-m", "bench.launcher", "--db", url, "--port", str(port)]
    log_file = folder / f"serve-{port}.log"
    with log_file.open("ab") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, env=os.environ | settings, cwd=root)
    try:
        await_ready(process, port, log_file)
    except BaseException:
        stop(process)
        raise
    return Served(port, process, folder / "provider.sqlite.key.pem", meter)


def stop(process: subprocess.Popen) -> None:
    """Ask it to leave; end it when it does not."""
    if process.poll() is None:
        process.terminate()
    try:
        process.wait(STOP_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(STOP_S)


def await_ready(process: subprocess.Popen, port: int, log_file: Path) -> None:
    """Wait until it takes work."""
    for _ in range(START_TRIES):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=2):
                return
        except OSError:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(0.1)
                break
    raise RuntimeError(log_file.read_text())

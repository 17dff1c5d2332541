"""A real server for a benchmark: `jishi serve` with the local provider, on a market made before."""

import contextlib
import os
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from tests.support.provider_process import ProviderProcess, free_port

ROOT = Path(__file__).resolve().parents[1]
START_TRIES = 600


@contextlib.contextmanager
def serving(url: str, folder: Path) -> Iterator[tuple[int, int, Path]]:
    """(port, pid, the provider's key file) while it runs. Both processes are stopped by their pid."""
    port = free_port()
    with ProviderProcess(folder) as provider:
        settings = {
            "JISHI_FOLDER": str(folder), "JISHI_PROVIDER_URL": provider.base_url, "JISHI_LOG_LEVEL": "warning",
            "JISHI_PROVIDER_SECRET_FILE": str(folder / "provider.secret"), "PYTHONPATH": str(ROOT),
        }  # fmt: skip
        command = [sys.executable, "-m", "jishi", "serve", "--db", url, "--port", str(port)]
        with (folder / "serve.log").open("ab") as log:
            process = subprocess.Popen(command, stdout=log, stderr=log, env=os.environ | settings)
        try:
            await_ready(process, port, folder)
            yield port, process.pid, folder / "provider.sqlite.key.pem"
        finally:
            process.terminate()
            process.wait(15)


def await_ready(process: subprocess.Popen, port: int, folder: Path) -> None:
    """Wait until it takes work."""
    for _ in range(START_TRIES):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=2):
                return
        except OSError:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(0.1)
                break
    raise RuntimeError((folder / "serve.log").read_text())

"""The demo as people start it: `jishi demo` in a process of its own, with its provider, on a fresh SQLite file."""

import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import suppress
from pathlib import Path

from tests.support.ports import free_port
from tests.support.provider_process import ROOT

START_S = 60.0
STOP_S = 15.0


class ServerProcess:
    """As a context manager it starts, and at the end stops politely; `origin` is where it answers."""

    def __init__(self, folder: Path):
        self.folder, self.port = folder, free_port()
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def log_text(self) -> str:
        return (self.folder / "server.log").read_text()

    def __enter__(self) -> "ServerProcess":
        database = f"sqlite:///{self.folder / 'jishi.db'}"
        command = [sys.executable, "-m", "jishi", "demo", "--db", database, "--port", str(self.port)]
        settings = {"JISHI_FOLDER": str(self.folder), "JISHI_PROVIDER_PORT": str(free_port()), "PYTHONPATH": str(ROOT)}
        with (self.folder / "server.log").open("ab") as log:
            self.process = subprocess.Popen(command, cwd=self.folder, stdout=log, stderr=log, env=os.environ | settings)
        self._await_ready()
        return self

    def __exit__(self, *error: object) -> None:
        self.stop()

    def _await_ready(self) -> None:
        assert self.process is not None
        deadline = time.monotonic() + START_S
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                with urllib.request.urlopen(f"{self.origin}/readyz", timeout=2):
                    return
            except (urllib.error.URLError, ConnectionError, TimeoutError):
                with suppress(subprocess.TimeoutExpired):
                    self.process.wait(0.1)
        self.stop()
        raise RuntimeError(f"The demo did not start:\n{self.log_text}")

    def stop(self) -> int:
        """Ask it to leave; the exit code. One that does not leave in time is killed."""
        process, self.process = self.process, None
        if process is None:
            return 0
        process.send_signal(signal.SIGTERM)
        try:
            return process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
            return process.wait(STOP_S)

"""A throw-away PostgreSQL cluster for tests and benchmarks, with a switch for pulling its plug.

    python -m tests.support.postgres start --port 5544 --dir var/postgres [--durable]
"""

import argparse
import atexit
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

from tests.support.ports import free_port
from tests.support.postgres_programs import MISSING, postgres_bin, programs_user

USER = "jishi"
START_S = 60
STOP_S = 20
# Only for tests that never pull the plug: such a cluster does not survive a crash of the machine.
FAST = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
COMMON = {"listen_addresses": "127.0.0.1", "max_connections": "200", "shared_buffers": "64MB", "timezone": "UTC"}


class Postgres:
    """One cluster in one folder; it listens on loopback and on a socket in that folder, and trusts both."""

    def __init__(
        self,
        folder: Path | None = None,
        port: int | None = None,
        *,
        durable: bool = False,
        settings: dict[str, str] | None = None,
    ) -> None:
        """settings: of the server, over ours."""
        found = postgres_bin()
        if found is None:
            raise RuntimeError(MISSING)
        self.programs = found
        self.durable = durable
        self.settings = settings or {}
        self.kept = folder is not None
        self.folder = (folder or Path(tempfile.mkdtemp(prefix="jishi-postgres-"))).resolve()
        self.wanted_port = port
        self.port = port or 0
        self.process: subprocess.Popen[bytes] | None = None
        self.templates: set[str] = set()

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def log_path(self) -> Path:
        return self.folder / "postgres.log"

    def url(self, database: str) -> str:
        """Return the URL of one database."""
        return f"postgresql://{USER}@127.0.0.1:{self.port}/{database}"

    def start(self) -> "Postgres":
        """Make the cluster if it is new, start it, and return once it takes connections."""
        self._initialise()
        atexit.register(self.stop)
        deadline = time.monotonic() + START_S
        while time.monotonic() < deadline:
            self.port = self.wanted_port or self.port or free_port()
            self.process = self._launch()
            if self._wait_until_ready(deadline):
                return self
            self._explain_or_retry()
        raise RuntimeError(f"PostgreSQL was not ready within {START_S} s; its log is {self.log_path}")

    def stop(self) -> None:
        """Stop the cluster by its process id; remove its folder, unless the caller chose that folder."""
        atexit.unregister(self.stop)
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            try:
                self.process.wait(STOP_S)
            except subprocess.TimeoutExpired:
                self.kill9()
        if not self.kept:
            shutil.rmtree(self.folder, ignore_errors=True)

    def kill9(self) -> None:
        """Kill the server and all of its processes at once, as a crash would; `start` brings it back."""
        assert self.process is not None, "the cluster was never started"
        children = child_pids(self.process.pid)
        for pid in [self.process.pid, *children]:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue  # it noticed the server's death first
        self.process.wait(STOP_S)

    def create_database(self, name: str, template: str | None = None) -> str:
        """Create a database, as a copy of `template` if one is given, and return its URL."""
        self._client("createdb", *(["--template", template] if template else []), name)
        return self.url(name)

    def drop_database(self, name: str) -> None:
        """Drop a database if it exists, whoever is still connected to it."""
        self._client("dropdb", "--if-exists", "--force", name)

    def clone(self, name: str, template: str, build: Callable[[str], None]) -> str:
        """Create a copy of `template`, which `build(url)` fills once per cluster; it must close its connections."""
        if template not in self.templates:
            build(self.create_database(template))
            self.templates.add(template)
        return self.create_database(name, template)

    def has_database(self, name: str) -> bool:
        """Tell whether a database of this name exists."""
        listing = self._client("psql", "-d", "postgres", "-Atc", "SELECT datname FROM pg_database")
        return name in listing.splitlines()

    def _initialise(self) -> None:
        if (self.data / "PG_VERSION").exists():
            return
        self.folder.mkdir(parents=True, exist_ok=True)
        if user := programs_user():
            shutil.chown(self.folder, user)
        options = ["--auth=trust", "--encoding=UTF8", "--no-locale", f"--username={USER}"]
        if not self.durable:
            options.append("--no-sync")
        command = [self.programs / "initdb", "--pgdata", self.data, *options]
        done = subprocess.run(command, cwd=self.folder, user=programs_user(), capture_output=True, timeout=START_S)
        if done.returncode:
            raise RuntimeError(f"initdb failed in {self.folder}: {done.stderr.decode(errors='replace').strip()}")

    def _launch(self) -> subprocess.Popen[bytes]:
        ours = COMMON | ({} if self.durable else FAST) | {"unix_socket_directories": str(self.folder)}
        arguments = [part for name, value in (ours | self.settings).items() for part in ("-c", f"{name}={value}")]
        command = [self.programs / "postgres", "-D", self.data, "-p", str(self.port), *arguments]
        with self.log_path.open("wb") as log:
            # A session of its own, so that Ctrl-C at the tests does not stop the server under them.
            return subprocess.Popen(
                command,
                cwd=self.folder,
                user=programs_user(),
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def _wait_until_ready(self, deadline: float) -> bool:
        assert self.process is not None
        while time.monotonic() < deadline and self.process.poll() is None:
            if is_ready(self.data / "postmaster.pid", self.process.pid):
                return True
            time.sleep(0.02)
        return False

    def _explain_or_retry(self) -> None:
        """Return if another attempt can help: the free port was taken, or a killed server still holds its memory."""
        log = self.log_path.read_text(errors="replace")
        if "still in use" in log:
            time.sleep(0.1)
        elif "Address already in use" in log and not self.wanted_port:
            self.port = 0
        else:
            raise RuntimeError(f"PostgreSQL did not start on port {self.port}:\n{log[-2000:]}")

    def _client(self, program: str, *arguments: str) -> str:
        command = [self.programs / program, "-h", "127.0.0.1", "-p", str(self.port), "-U", USER, *arguments]
        done = subprocess.run(command, capture_output=True, text=True, timeout=START_S)
        if done.returncode:
            raise RuntimeError(f"{program} failed: {done.stderr.strip()}")
        return done.stdout


def is_ready(pid_file: Path, pid: int) -> bool:
    """Tell whether the server with this process id has written 'ready' on the eighth line of its pid file."""
    try:
        lines = pid_file.read_text().splitlines()
    except FileNotFoundError:
        return False
    return len(lines) >= 8 and lines[0] == str(pid) and lines[7].strip() == "ready"


def child_pids(parent: int) -> list[int]:
    """Return the process ids of a process's children."""
    listing = subprocess.run(["ps", "-A", "-o", "pid=,ppid="], capture_output=True, text=True, check=True, timeout=10)
    pairs = (line.split() for line in listing.stdout.splitlines())
    return [int(pid) for pid, of in pairs if int(of) == parent]


def main(arguments: list[str] | None = None) -> int:
    """Run a cluster in the foreground until Ctrl-C or SIGTERM."""
    parser = argparse.ArgumentParser(prog="python -m tests.support.postgres", description=__doc__)
    start = parser.add_subparsers(required=True).add_parser("start", help="start a cluster and stay until Ctrl-C")
    start.add_argument("--port", type=int, help="TCP port on 127.0.0.1 (default: a free one)")
    start.add_argument("--dir", type=Path, help="folder to keep it in (default: a temporary one, removed at the end)")
    start.add_argument("--durable", action="store_true", help="with fsync, as in production")
    chosen = parser.parse_args(arguments)
    ended = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ended.set())
    cluster = Postgres(chosen.dir, chosen.port, durable=chosen.durable).start()
    if not cluster.has_database("jishi"):
        cluster.create_database("jishi")
    print(cluster.url("jishi"), flush=True)
    ended.wait()
    cluster.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())

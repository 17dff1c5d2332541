"""The lock that makes a process the one writer of an SQLite file. It ends with the process, however that dies."""

import fcntl
import os
from pathlib import Path

from jishi.store.errors import SecondEngine


class WriterLock:
    """An exclusive lock on `<file>.lock`, which holds the writer's process id."""

    def __init__(self, database: Path):
        self.path = database.with_name(database.name + ".lock")
        self.handle = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(self.handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.pread(self.handle, 20, 0).decode().strip() or "unknown"
            os.close(self.handle)
            raise SecondEngine(
                f"The database {database} is in use: process {holder} writes to it. "
                "Send your commands to that one, or stop it and try again; for several engines use PostgreSQL."
            ) from None
        os.ftruncate(self.handle, 0)
        os.pwrite(self.handle, f"{os.getpid()}\n".encode(), 0)

    def release(self) -> None:
        """Give the lock back. The file stays: removing it would let two processes lock two files of one name."""
        os.ftruncate(self.handle, 0)
        os.close(self.handle)

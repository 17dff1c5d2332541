"""The running provider: settings, database, key, clock, and the bell that wakes the deliverer."""

import asyncio
import secrets
import sqlite3
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from jishi.provider.database import open_database, transaction
from jishi.provider.refusal import Refusal
from jishi.provider.settings import Settings
from jishi.provider.signing import key_id, load_or_create_key, wall_ms


@dataclass
class Office:
    settings: Settings
    database: sqlite3.Connection
    key: RSAPrivateKey
    key_name: str
    offset_ms: int
    bell: asyncio.Event = field(default_factory=asyncio.Event)

    def now_ms(self) -> int:
        """Business time: the wall clock plus an offset that only grows."""
        return wall_ms() + self.offset_ms

    def new_number(self, prefix: str) -> str:
        return f"{prefix}{self.now_ms():013d}{secrets.token_hex(5)}"

    def set_offset(self, offset_ms: int) -> None:
        if offset_ms < self.offset_ms:
            raise Refusal("clock_back")
        with transaction(self.database) as database:
            database.execute("UPDATE clock SET offset_ms = ?", (offset_ms,))
        self.offset_ms = offset_ms
        self.bell.set()


def open_office(settings: Settings) -> Office:
    """Makes the database and the key on first start."""
    database = open_database(settings.file)
    key = load_or_create_key(settings.key_file)
    offset_ms = database.execute("SELECT offset_ms FROM clock").fetchone()[0]
    return Office(settings, database, key, key_id(key), offset_ms)

"""The database: tables from the declared rows, sessions that write batches, reads and migrations."""

from jishi.store.database import Database, Probe, Seen, Session
from jishi.store.local import Cursor, EngineNumber, Lease, Meta, Persona, Waiting
from jishi.store.migrate import migrate
from jishi.store.opening import open_database
from jishi.store.revisions import from_nothing

__all__ = [
    "Cursor",
    "Database",
    "EngineNumber",
    "Lease",
    "Meta",
    "Persona",
    "Probe",
    "Seen",
    "Session",
    "Waiting",
    "from_nothing",
    "migrate",
    "open_database",
]

"""The database: tables from the declared rows, sessions that write batches, reads and migrations."""

from jishi.store.database import Database, Probe, Seen, Session
from jishi.store.local import Cursor, EngineNumber, Lease, Meta, Persona, Waiting
from jishi.store.migrate import migrate
from jishi.store.opening import kind_of, open_database
from jishi.store.revisions import from_nothing
from jishi.store.sessions import CodeRow, LetterRow, SessionRow, SpentToken, Tries

__all__ = [
    "CodeRow",
    "Cursor",
    "Database",
    "EngineNumber",
    "Lease",
    "LetterRow",
    "Meta",
    "Persona",
    "Probe",
    "Seen",
    "Session",
    "SessionRow",
    "SpentToken",
    "Tries",
    "Waiting",
    "from_nothing",
    "kind_of",
    "migrate",
    "open_database",
]

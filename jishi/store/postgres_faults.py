"""Which faults of PostgreSQL mean what."""

import asyncpg

from jishi.store.errors import Conflict, Transient, UnknownCommit
from jishi.store.shape import raced

TRANSIENT_STATES = {
    "40001",  # serialization
    "40P01",  # deadlock
    "55P03",  # lock timeout
    "57014",  # statement timeout
    "57P01",  # shut down by an administrator
    "57P02",  # crash of the server
    "57P03",  # starting or stopping
    "53300",  # too many connections
    "25P03",  # idle in a transaction for too long
    "25P04",  # transaction timeout
}
# asyncpg says InternalClientError of a connection that was lost while it was being spoken to.
BROKEN = asyncpg.InternalClientError
LOST = (asyncpg.PostgresConnectionError, ConnectionError, OSError, EOFError, TimeoutError, BROKEN)
LOST_STATES = {"57P01", "57P02", "57P03", "25P03", "25P04"}
FAULTS = (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, EOFError, TimeoutError, BROKEN)


def _lost(fault: BaseException, closed: bool) -> bool:
    if isinstance(fault, asyncpg.PostgresError) and getattr(fault, "sqlstate", None) in LOST_STATES:
        return True
    return isinstance(fault, LOST) or (closed and isinstance(fault, asyncpg.InterfaceError))


def translated(fault: BaseException, *, closed: bool = False, committing: bool = False) -> BaseException:
    """Our name for a fault, or the fault itself. `closed`: the connection is gone; `committing`: in COMMIT."""
    if _lost(fault, closed):
        return (UnknownCommit if committing else Transient)(str(fault) or type(fault).__name__)
    if getattr(fault, "sqlstate", None) in TRANSIENT_STATES:
        return Transient(str(fault))
    if isinstance(fault, asyncpg.UniqueViolationError) and raced(fault.table_name):
        return Conflict(str(fault))
    return fault

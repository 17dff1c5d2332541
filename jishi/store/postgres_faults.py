"""Which faults of PostgreSQL mean what."""

from typing import NoReturn

import psycopg

from jishi.store.errors import Conflict, Transient, UnknownCommit
from jishi.store.shape import raced

# A kept statement does not fit any more: a migration has changed its table, or somebody discarded it.
STALE_STATES = {"0A000", "26000"}
TRANSIENT_STATES = STALE_STATES | {
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
LOST_STATES = {"57P01", "57P02", "57P03", "25P03", "25P04"}
FAULTS = (psycopg.Error, OSError, EOFError, TimeoutError)


def _lost(fault: BaseException, closed: bool) -> bool:
    """Whether the connection is gone: the server said so, or nobody said anything, which is a fault without a state."""
    if isinstance(fault, psycopg.Error):
        return fault.sqlstate in LOST_STATES or (not fault.sqlstate and closed)
    return isinstance(fault, OSError | EOFError | TimeoutError)


def translated(fault: BaseException, *, closed: bool = False, committing: bool = False) -> BaseException:
    """Our name for a fault, or the fault itself. `closed`: the connection is gone; `committing`: in COMMIT."""
    if _lost(fault, closed):
        return (UnknownCommit if committing else Transient)(str(fault) or type(fault).__name__)
    if getattr(fault, "sqlstate", None) in TRANSIENT_STATES:
        return Transient(str(fault))
    if isinstance(fault, psycopg.errors.UniqueViolation) and raced(fault.diag.table_name):
        return Conflict(str(fault))
    return fault


def raise_ours(fault: BaseException, *, closed: bool = False, committing: bool = False) -> NoReturn:
    """Raise what `translated` says, from the fault where it is another."""
    ours = translated(fault, closed=closed, committing=committing)
    if ours is fault:
        raise fault
    raise ours from fault

"""The log, read once: its numbering and chain, and all that its events made: entries, stock moves, rows, timers."""

import hashlib
from typing import Any

from jishi.audit.alarms import Alarms
from jishi.audit.booked import Booked
from jishi.audit.facts import Facts
from jishi.audit.latest import Latest
from jishi.audit.query import Query, Side, Tally, Walk
from jishi.audit.reading import events_of, parsed
from jishi.audit.snapshot import Snapshot
from jishi.audit.strays import Strays
from jishi.audit.violation import Violation

GENESIS = bytes(32)
FIELDS = ("owner", "seq", "command_id", "principal", "command", "fingerprint", "answer", "events", "at")
ROWS = f"SELECT {', '.join(FIELDS)}, chain FROM log ORDER BY owner, seq"
HEADS = "SELECT owner, seq, chain FROM heads ORDER BY owner"


def chain_of(previous: bytes, row: Any) -> bytes:
    """sha256 over the chain so far and the row's fields in order, with a zero byte between them."""
    told = "\0".join([str(row[field]) for field in FIELDS])
    return hashlib.sha256(previous + told.encode()).digest()


async def walk(snapshot: Snapshot, tally: Tally):
    """Read every owner's log in order beside the heads, the entries and the stock moves."""
    heads = Side(snapshot.rows(HEADS), "owner")
    readers = (Booked(snapshot), Facts(snapshot, tally), Strays(snapshot, tally),
               Latest(snapshot, tally), Alarms(snapshot, tally))  # fmt: skip
    owner, seq, chain, head = None, 0, GENESIS, None
    async for row in snapshot.rows(ROWS):
        if row["owner"] != owner:
            for violation in ended(head, seq, chain):
                yield violation
            silent, found = await heads.up_to((row["owner"],))
            for violation in [told for one in silent for told in ended(one, 0, GENESIS)]:
                yield violation
            owner, seq, chain, head = row["owner"], 0, GENESIS, found[0] if found else None
        tally.facts += 3
        for violation in in_sequence(row, seq, chain):
            yield violation
        seq, chain = row["seq"], bytes(row["chain"])
        events = events_of(row)
        for reader in readers:
            async for violation in reader.see(row, events):
                yield violation
    silent, _ = await heads.up_to(None)
    for violation in [*ended(head, seq, chain), *[told for one in silent for told in ended(one, 0, GENESIS)]]:
        yield violation
    for reader in readers:
        async for violation in reader.finish():
            yield violation


def key_of(row: Any) -> dict[str, int]:
    return {"owner": row["owner"], "seq": row["seq"]}


def in_sequence(row: Any, seq: int, chain: bytes):
    """The row follows the one before it, by number and by chain, and can be read."""
    for missing in range(seq + 1, min(row["seq"], seq + 100)):
        yield Violation("log_gapless", "log", {"owner": row["owner"], "seq": missing}, "is missing")
    if chain_of(chain, row) != bytes(row["chain"]):
        told = "its chain is not that of the row and the one before it: one of them was changed"
        yield Violation("log_chain", "log", key_of(row), told)
    if events_of(row) is None:
        yield Violation("log_readable", "log", key_of(row), "its events cannot be read")
    if (answer := parsed(row["answer"])) is None:
        yield Violation("log_readable", "log", key_of(row), "its answer cannot be read")
    elif (answer.get("seq"), answer.get("at_ms")) != (row["seq"], row["at"]):
        yield Violation("log_answer", "log", key_of(row), "its answer tells of another row or time")


def ended(head: Any, seq: int, chain: bytes):
    """An owner's log ends where his head says."""
    if head is None:
        return
    if head["seq"] != seq:
        told = f"counts {head['seq']} rows, the log ends at {seq}"
        yield Violation("log_complete", "heads", {"owner": head["owner"]}, told)
    elif bytes(head["chain"]) != chain:
        yield Violation("log_complete", "heads", {"owner": head["owner"]}, "its chain is not that of the last row")


CHECKS = (
    Walk("log", walk),
    Query(
        "one_answer_per_key",
        "log",
        ("owner", "seq"),
        """
        SELECT owner, MAX(seq) AS seq, principal, command_id, COUNT(*) AS times FROM log
        GROUP BY owner, principal, command_id HAVING COUNT(*) > 1
        """,
        "command {command_id} of {principal} was accepted {times} times",
    ),
    Query(
        "cursor_within_log",
        "cursors",
        ("consumer", "owner"),
        """
        SELECT c.consumer, c.owner, c.seq FROM cursors c LEFT JOIN heads h ON h.owner = c.owner
        WHERE h.owner IS NULL OR c.seq > h.seq
        """,
        "has read {seq} rows, which is more than there are",
    ),
)

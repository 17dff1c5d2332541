"""The queue of notices: written in the transaction of the fact, delivered afterwards, at least once, bounded."""

import asyncio
import logging
import sqlite3
from typing import Any

import httpx
import msgspec
from msgspec import Struct

from jishi.provider.behaviour import behaviour_of
from jishi.provider.database import transaction
from jishi.provider.office import Office
from jishi.provider.signing import sign_body, wall_ms

AT_ONCE_MAX = 32


class Fact(Struct, frozen=True, kw_only=True):
    """What a notice tells. `subject` is the trade or payout number whose behaviour and order of delivery apply."""

    kind: str
    subject: str
    url: str
    reference_name: str
    reference: str
    amount_minor: int
    currency: str
    txn: str | None = None


def enqueue(office: Office, fact: Fact) -> str:
    """Writes the notice as the subject's behaviour says; call it inside a transaction, ring the bell after."""
    behaviour = behaviour_of(office, fact.subject)
    now_ms = office.now_ms()
    number = office.new_number("N")
    due_ms, held = now_ms + behaviour.late_ms, 0
    if behaviour.notice == "out_of_order":
        due_ms, held = _swap_with_held(office, fact.subject, due_ms)
    state = "withheld" if behaviour.notice == "never" else "pending"
    copies = 2 if behaviour.notice == "twice" else 1
    office.database.execute(
        "INSERT INTO notice (id, kind, subject, url, body, state, held, copies, due_ms) VALUES (?,?,?,?,?,?,?,?,?)",
        (number, fact.kind, fact.subject, fact.url, _body(office, fact, number), state, held, copies, due_ms),
    )
    return number


def _swap_with_held(office: Office, subject: str, due_ms: int) -> tuple[int, int]:
    """Holds the first notice of a subject until the second, which overtakes it (or until `hold_ms` is over)."""
    held = office.database.execute(
        "SELECT seq FROM notice WHERE subject = ? AND held = 1 AND state = 'pending'", (subject,)
    ).fetchone()
    if held is None:
        return due_ms + office.settings.hold_ms, 1
    office.database.execute("UPDATE notice SET held = 0, due_ms = ? WHERE seq = ?", (due_ms + 1, held["seq"]))
    return due_ms, 0


def _body(office: Office, fact: Fact, number: str) -> bytes:
    fields: dict[str, Any] = {
        "id": number, "kind": fact.kind, "merchant": office.settings.merchant, fact.reference_name: fact.reference,
        "txn": fact.txn, "amount_minor": fact.amount_minor, "currency": fact.currency, "at_ms": office.now_ms(),
    }  # fmt: skip
    return msgspec.json.encode({name: value for name, value in fields.items() if value is not None})


def resend(office: Office, subject: str) -> int:
    """Sends all notices of a subject again, the withheld and the delivered too; answers how many."""
    with transaction(office.database) as database:
        count = database.execute(
            "UPDATE notice SET state = 'pending', held = 0, copies = 1, attempts = 0, due_ms = ? WHERE subject = ?",
            (office.now_ms(), subject),
        ).rowcount
    office.bell.set()
    return count


def notices_of(office: Office, subject: str) -> list[dict[str, Any]]:
    """The delivery log of one trade or payout number."""
    rows = office.database.execute(
        "SELECT id, kind, state, attempts, deliveries, due_ms, last_answer FROM notice WHERE subject = ? ORDER BY seq",
        (subject,),
    )
    return [dict(row) for row in rows]


def due_notices(office: Office, busy: set[str], count: int) -> list[sqlite3.Row]:
    """The first due notice of each subject that has none on its way, so that a subject's order is kept."""
    rows = office.database.execute(
        "SELECT * FROM notice WHERE state = 'pending' AND due_ms <= ? ORDER BY due_ms, seq LIMIT 500",
        (office.now_ms(),),
    )
    chosen: dict[str, sqlite3.Row] = {}
    for row in rows:
        if row["subject"] not in busy and len(chosen) < count:
            chosen.setdefault(row["subject"], row)
    return list(chosen.values())


async def attempt(office: Office, client: httpx.AsyncClient, row: sqlite3.Row) -> None:
    """One delivery, with a fresh timestamp; anything but a 2xx is tried again later."""
    headers = sign_body(office.key, office.key_name, row["body"], wall_ms())
    try:
        response = await client.post(row["url"], content=row["body"], headers=headers)
        answer, arrived = str(response.status_code), response.is_success
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
        answer, arrived = type(error).__name__, False
    with transaction(office.database):
        if arrived:
            _note_arrived(office, row, answer)
        else:
            _note_missed(office, row, answer)


def _note_arrived(office: Office, row: sqlite3.Row, answer: str) -> None:
    state = "pending" if row["copies"] > 1 else "delivered"
    office.database.execute(
        "UPDATE notice SET state = ?, copies = copies - 1, attempts = 0, deliveries = deliveries + 1,"
        " last_answer = ? WHERE seq = ?",
        (state, answer, row["seq"]),
    )


def _note_missed(office: Office, row: sqlite3.Row, answer: str) -> None:
    delays = office.settings.retry_delays_ms
    attempts = row["attempts"]
    state = "pending" if attempts < len(delays) else "given_up"
    due_ms = office.now_ms() + (delays[attempts] if attempts < len(delays) else 0)
    office.database.execute(
        "UPDATE notice SET state = ?, attempts = ?, due_ms = ?, last_answer = ? WHERE seq = ?",
        (state, attempts + 1, due_ms, answer, row["seq"]),
    )


def report(task: asyncio.Task[None]) -> None:
    """A background task that dies says so."""
    if not task.cancelled() and task.exception() is not None:
        logging.getLogger("jishi.provider").error("background task died", exc_info=task.exception())


class Deliverer:
    """Keeps at most `AT_ONCE_MAX` deliveries on their way, one per subject."""

    def __init__(self, office: Office, client: httpx.AsyncClient) -> None:
        self.office, self.client = office, client
        self.busy: set[str] = set()
        self.tasks: set[asyncio.Task[None]] = set()

    def start_due(self) -> None:
        for row in due_notices(self.office, self.busy, AT_ONCE_MAX - len(self.tasks)):
            self.busy.add(row["subject"])
            task = asyncio.create_task(self._deliver(row))
            self.tasks.add(task)
            task.add_done_callback(self.tasks.discard)
            task.add_done_callback(report)

    async def _deliver(self, row: sqlite3.Row) -> None:
        try:
            await attempt(self.office, self.client, row)
        finally:
            self.busy.discard(row["subject"])
            self.office.bell.set()

    async def stop(self) -> None:
        """What is on its way is cut; it stays pending and is sent again after the next start."""
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)

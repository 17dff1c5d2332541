"""A person's right to be forgotten: his words go, from freed pages and copies too; trades and everyone's books stay."""

import asyncio
from collections.abc import Callable
from typing import Any

from jishi.engine.engine import Engine
from jishi.kernel.apps import EraseKeyName, KeyName
from jishi.kernel.grammar import Command, Event, Stamp, system
from jishi.kernel.ids import public_owner
from jishi.kernel.logins import Account, Password
from jishi.kernel.parties import Address, EraseParty, Party, Profile
from jishi.kernel.payouts import EraseAccount, PayoutAccount
from jishi.kernel.refused import Refused, require
from jishi.kernel.rows import TABLES, Row, key_of
from jishi.modes.gift import EraseNote, GiftNote
from jishi.scenes.messages import EraseText, MessageText
from jishi.scenes.rooms import EraseTitle
from jishi.scenes.seats import RoomTitle
from jishi.store import LetterRow, Persona, Session, SessionRow
from jishi.store.errors import Transient

JOB = system("job")
SCRUB_TRIES, SCRUB_WAIT_S = 20, 0.25
# Of every table with personal columns: which rows tell of a party.
HIS: dict[type[Row], str] = {
    Profile: "owner = :party",
    Address: "owner = :party",
    GiftNote: 'EXISTS (SELECT 1 FROM orders o WHERE o.owner = t.owner AND o.id = t."order" AND o.payer = :party)',
    PayoutAccount: "party = :party",
    KeyName: "party = :party",
    RoomTitle: "party = :party",
    MessageText: "author = :party",
    Persona: "party = :party",
    Account: "owner = :party",
    Password: "owner = :party",
    SessionRow: "party = :party",
    LetterRow: "party = :party",
}
LOCAL = tuple(row_type for row_type in HIS if TABLES[row_type].kind == "local")
# What he wrote in the books of others, and the command that takes it away by its key.
WRITTEN: dict[type[Row], type[Command]] = {
    GiftNote: EraseNote,
    PayoutAccount: EraseAccount,
    KeyName: EraseKeyName,
    RoomTitle: EraseTitle,
    MessageText: EraseText,
}


async def erase(engine: Engine, party: int) -> dict[str, Any]:
    """Erase what tells of a person; once more does no harm."""
    found = await engine.database.read(Party, "WHERE owner = :party", party=party)
    require(found, "not_found")
    if found[0].state != "erased":
        await engine.send(EraseParty(party), JOB, "erase")
    told = await finish(engine, party)
    return {"party": public_owner(party), "before": found[0].state == "erased", **told}


async def finish(engine: Engine, party: int) -> dict[str, Any]:
    """After the party's own book: what he wrote elsewhere, and what the files keep of it all."""
    gone = {}
    for row_type, command in WRITTEN.items():
        rows = await engine.database.read(row_type, f"t WHERE {HIS[row_type]}", party=party)
        for row in rows:
            key = key_of(row)
            await engine.send(command(*key), JOB, f"erase.{TABLES[row_type].name}.{key[-1]}")
        gone[TABLES[row_type].name] = len(rows)
    await engine.lane.chore(lambda session: forget_local(session, party))
    return {**gone, "copies": await scrub(engine, party)}


async def forget_local(session: Session, party: int) -> None:
    """Nobody is him with one click or by an old cookie any more, and no letter to him is left."""
    for row_type in LOCAL:
        await session.fetch(f"DELETE FROM {TABLES[row_type].name} WHERE {HIS[row_type]}", party=party)


async def scrub(engine: Engine, party: int) -> int:
    """Clear the tables' files, and the copies that migrations made of them; returns how many copies there are."""
    for _ in range(SCRUB_TRIES):
        try:
            await engine.database.scrub(list(HIS))
            return await engine.database.scrub_copies(HIS, party)
        except Transient:
            await asyncio.sleep(SCRUB_WAIT_S)
    raise Refused("erasure_waits")


async def _finish(engine: Engine, event: Event, stamp: Stamp) -> None:
    await finish(engine, stamp.owner)


# What the outbox does after an erasure, whoever asked for it.
EFFECTS: dict[str, Callable] = {"finish_erasure": _finish}

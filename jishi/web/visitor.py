"""What pages know of who is signed in: name, shops he works for, and whether he is an operator."""

from __future__ import annotations

from typing import Any, NamedTuple

from jishi.kernel.owners import PLATFORM
from jishi.kernel.parties import Party, Profile
from jishi.kernel.roles import Staff
from jishi.store import Persona
from jishi.store.queries.chat_rows import unread

NAME_COLUMN = {"zh-Hans": "name_zh_hans", "zh-Hant": "name_zh_hant", "en": "name_en"}


class Visitor(NamedTuple):
    """One signed-in party. duties: shop or platform -> what he may do there. unread: messages that wait for him."""

    party: int
    name: str
    duties: dict[int, tuple[str, ...]]
    unread: int = 0

    @property
    def shops(self) -> list[int]:
        return [owner for owner in self.duties if owner != PLATFORM]

    @property
    def operator(self) -> tuple[str, ...]:
        return self.duties.get(PLATFORM, ())


async def visitor_of(database: Any, party: int, language: str) -> Visitor | None:
    """The visitor behind a party's key; None when there is no such active party."""
    found = await database.read(Party, "WHERE owner = :party AND state = 'active'", party=party)
    if not found:
        return None
    staff = await database.read(Staff, "WHERE party = :party AND left_ms = 0", party=party)
    duties, name = {row.owner: row.duties for row in staff}, await name_of(database, party, language)
    return Visitor(party, name, duties, await unread(database, party))


async def name_of(database: Any, party: int, language: str) -> str:
    """How a party is called on pages: a persona in the reader's language, anyone else as he calls himself."""
    personas = await database.read(Persona, "WHERE party = :party", party=party)
    if personas:
        return getattr(personas[0], NAME_COLUMN[language])
    profiles = await database.read(Profile, "WHERE owner = :party", party=party)
    return profiles[0].name if profiles else ""

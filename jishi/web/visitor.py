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
    """One signed-in party. duties: shop or platform -> what he may do there. unread: messages that wait for him.

    simulated: he is a persona of a demo; who registered there himself is not.
    """

    party: int
    name: str
    duties: dict[int, tuple[str, ...]]
    unread: int = 0
    simulated: bool = False

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
    duties, (name, simulated) = {row.owner: row.duties for row in staff}, await called(database, party, language)
    return Visitor(party, name, duties, await unread(database, party), simulated)


async def name_of(database: Any, party: int, language: str) -> str:
    """How a party is called on pages."""
    return (await called(database, party, language))[0]


async def called(database: Any, party: int, language: str) -> tuple[str, bool]:
    """A persona's name in the reader's language, anyone else's as he calls himself; and whether it is a persona."""
    personas = await database.read(Persona, "WHERE party = :party", party=party)
    if personas:
        return getattr(personas[0], NAME_COLUMN[language]), True
    profiles = await database.read(Profile, "WHERE owner = :party", party=party)
    return profiles[0].name if profiles else "", False

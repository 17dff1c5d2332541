"""Mail and SMS: how a letter leaves the house. The local post keeps them in a table that only a demo shows."""

from collections.abc import Awaitable, Callable
from typing import NamedTuple, Protocol


class Letter(NamedTuple):
    """What is sent. way: email or phone, as the login's kind; a phone gets the text alone."""

    way: str
    address: str
    subject: str
    text: str


class Post(Protocol):
    """Sends letters, at least tries to: whoever waits for one that never comes asks for another."""

    async def send(self, letter: Letter) -> None: ...


class LocalPost:
    """Gives every letter to `keep`, and sends nothing anywhere."""

    def __init__(self, keep: Callable[[Letter], Awaitable[None]]):
        self.keep = keep

    async def send(self, letter: Letter) -> None:
        """Keep it."""
        await self.keep(letter)

"""The social host: where people talk. Jishi has conversations of its own; another app's chat could stand here."""

from typing import NamedTuple, Protocol

from jishi.kernel.grammar import Principal


class Conversation(NamedTuple):
    """One conversation in which a party may post. other: the party or shop it is with, 0 for a group."""

    room: int
    kind: str
    other: int
    title: str
    last_ms: int


class Card(NamedTuple):
    """What is sent: a product by one of its SKUs, a gift or an order. Only ids; the host draws it as it is now."""

    kind: str
    shop: int
    sku: int = 0
    order: int = 0


class Posted(NamedTuple):
    """What became of a card. n: its number in the conversation, 0 when it was held back."""

    room: int
    n: int


class Social(Protocol):
    """What a chat must be able to do, so that goods can be carried into it."""

    async def conversations(self, by: Principal, most: int = 50) -> list[Conversation]:
        """Where a party may post, the last talked in first."""
        ...

    async def members(self, by: Principal, room: int) -> list[int]:
        """Who is in a conversation of his; none for one that he is not in."""
        ...

    async def conversation_with(self, by: Principal, other: int) -> int:
        """The conversation of two friends, opened if there was none."""
        ...

    async def post_card(self, by: Principal, room: int, card: Card, id: str) -> Posted:
        """Post a card; the same id posts it once."""
        ...

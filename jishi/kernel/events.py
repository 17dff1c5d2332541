"""Reading events back from the log: one decoder for all of them, by their tag."""

from functools import cache, reduce
from operator import or_

import msgspec

from jishi.kernel.grammar import GRAMMAR, Event


def event_types() -> list[type[Event]]:
    """Every declared event, by name."""
    return sorted(set(GRAMMAR.evolves) | GRAMMAR.bare, key=lambda event: event.__name__)


@cache
def _decoder(count: int) -> msgspec.json.Decoder:
    """A decoder of lists of any event; made anew when a plugin has declared more."""
    return msgspec.json.Decoder(list[reduce(or_, event_types())])


def decode_events(text: str) -> list[Event]:
    """The events of a log row."""
    return _decoder(len(GRAMMAR.evolves) + len(GRAMMAR.bare)).decode(text)

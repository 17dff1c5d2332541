"""The outbox: what events ask of the outside, read from the log after the commit, at least once.

An effect is `async (engine, event, stamp) -> None`. It sends what it learns back as commands. When the outside cannot
be
reached it logs that and returns: the order's own timers ask again until the outcome is known.
"""

from collections.abc import Callable
from typing import Any

import structlog

from jishi.engine.follower import Follower, Told
from jishi.kernel.grammar import GRAMMAR, Event, Stamp

log = structlog.get_logger("jishi.outbox")
UNTIL_DONE = frozenset({"finish_erasure"})  # effects that no timer asks for again


class Outbox(Follower):
    """Runs the effects that are configured; events whose effect nobody runs are passed over."""

    name = "outbox"

    def __init__(self, engine: Any, effects: dict[str, Callable]):
        super().__init__(engine)
        self.effects = effects

    def wants(self, event_type: type) -> bool:
        return GRAMMAR.effects.get(event_type, "") in self.effects

    async def follow(self, told: Told) -> bool:
        done = [await self.attempt(event, told.stamp) for event in told.events if self.wants(type(event))]
        return all(done)

    async def attempt(self, event: Event, stamp: Stamp) -> bool:
        """Run one effect; whether its row is done with. After a fault it is as well, if timers ask again."""
        name = GRAMMAR.effects[type(event)]
        try:
            await self.effects[name](self.engine, event, stamp)
        except Exception as error:
            log.error("effect_failed", effect=name, owner=stamp.owner, seq=stamp.seq, exc_info=error)
            return name not in UNTIL_DONE
        return True

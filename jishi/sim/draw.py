"""What happens next: a command, a repetition, a notice, a turn of a pump, or something at the provider."""

import asyncio
from collections.abc import Awaitable
from typing import Any

from jishi.kernel.refused import Refused
from jishi.sim import buying, endpoints, goods, people, reviews, serving, talking  # noqa: F401  fill the alphabet
from jishi.sim.alphabet import GENERATORS

REPLAYED, REUSED, TWICE = 0.06, 0.02, 0.04
PUMPS = ("timers", "timers", "reactions", "reactions", "outbox", "outbox", "statement")
HAPPENS = {"command": 100, "post": 30, "pump": 24, "provider": 4}
WEIGHTS = [weight for weight, _ in GENERATORS.values()]
MAKERS = [make for _, make in GENERATORS.values()]


class Draw:
    """Draws actions for a run. Whatever it draws is a coroutine that is run with others of the round."""

    def __init__(self, sim: Any):
        self.sim, self.random = sim, sim.random

    def action(self) -> Awaitable[Any]:
        """The next one."""
        (what,) = self.random.choices(list(HAPPENS), HAPPENS.values())
        if what == "post":
            return self.notices()
        if what == "pump":
            return self.sim.turn(self.random.choice(PUMPS))
        if what == "provider":
            return self.at_the_provider()
        chance = self.random.random()
        if self.sim.sent and chance < REPLAYED:
            return self.replay()
        if self.sim.sent and chance < REPLAYED + REUSED:
            return self.reuse()
        return self.command(twice=chance > 1 - TWICE)

    async def command(self, twice: bool) -> None:
        """A new command; some arrive twice at once and must have one effect."""
        made = None
        for _ in range(8):
            (make,) = self.random.choices(MAKERS, WEIGHTS)
            made = make(self.sim.hand())
            if made:
                break
        if not made:
            return
        number = self.sim.fresh()
        bundle = made if isinstance(made, list) else [made]
        commands = [(command, by, f"c{number}.{n}") for n, (command, by) in enumerate(bundle)]
        if twice:
            self.sim.faults["sent_twice"] += 1
            await asyncio.gather(self.sim.send(commands), self.sim.send(commands))
        else:
            await self.sim.send(commands)

    async def replay(self) -> None:
        """An old command again: the same answer, and no effect."""
        self.sim.faults["replayed"] += 1
        await self.sim.send([self.random.choice(self.sim.sent)])

    async def reuse(self) -> None:
        """Another body under a key that was used: refused, and no effect."""
        command, by, id = self.random.choice(self.sim.sent)
        others = [other for other, sender, _ in self.sim.sent if sender == by and other.owner == command.owner]
        other = self.random.choice(others)
        if other == command:
            return
        self.sim.faults["id_reused"] += 1
        try:
            await self.sim.engine.send(other, by, id)
        except Refused as refused:
            assert refused.code == "id_reused", refused.code
        else:
            raise AssertionError(f"{type(other).__name__} was taken under the key of {type(command).__name__}")

    async def notices(self) -> None:
        """What has arrived from the provider."""
        for notice in self.sim.post.arrived(4):
            await self.sim.deliver(notice)

    async def at_the_provider(self) -> None:
        """Something happens there that we are told of afterwards."""
        chance = self.random.random()
        if chance < 0.5:
            self.sim.provider.bring_to_end()
        elif chance < 0.7:
            self.sim.provider.give_back()
        else:
            self.sim.provider.undo(self.random.choice(("reversed", "charged_back")))

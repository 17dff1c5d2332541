"""The simulator's alphabet: for every command that a person or program may send, how one is made up.

A generator takes a `Hand` and returns (command, principal), several of them for a bundle, or None when nothing fits.
What only the house sends (timers, reactions, the provider, the carrier's own) is reached by its cause instead.
"""

from collections.abc import Callable
from random import Random
from typing import Any, NamedTuple

from jishi.kernel.grammar import GRAMMAR, Command, Principal
from jishi.sim.view import View

Sent = tuple[Command, Principal]
HOUSE = ("house:timer", "house:reaction", "house:provider", "house:job")


class Hand(NamedTuple):
    """What a generator works with. `fresh` gives a number nobody has used."""

    random: Random
    view: View
    now: int
    seal: Callable[..., str]
    fresh: Callable[[], int]

    def pick(self, choices: Any) -> Any:
        """One of them, or None."""
        return self.random.choice(choices) if choices else None

    def chance(self, share: float) -> bool:
        return self.random.random() < share

    def someone(self) -> Principal | None:
        """Any party."""
        row = self.pick(self.view.parties)
        return party(row.owner) if row else None

    def keeper(self, shop: int) -> Principal:
        """Who works at a shop; now and then a stranger tries."""
        mine = [row for row in self.view.staff if row.owner == shop]
        row = self.pick(mine)
        return party(row.party if row and not self.chance(0.02) else self.view.parties[0].owner)


GENERATORS: dict[type[Command], tuple[int, Callable[[Hand], Sent | list[Sent] | None]]] = {}


def generates(command: type[Command], weight: int):
    """Declare the generator of a command, and how often it is chosen."""

    def declare(make: Callable) -> Callable:
        assert command not in GENERATORS, f"{command.__name__}: two generators"
        GENERATORS[command] = (weight, make)
        return make

    return declare


def party(owner: int) -> Principal:
    return Principal("party", owner)


def house_only() -> set[type[Command]]:
    """Commands that nobody outside may send."""
    return {command for command, handler in GRAMMAR.handlers.items() if all(role.name in HOUSE for role in handler.who)}


def not_generated() -> set[type[Command]]:
    """Commands that somebody may send and the simulator never does: to be none."""
    return set(GRAMMAR.handlers) - house_only() - set(GENERATORS)

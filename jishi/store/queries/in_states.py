"""Which orders are in some states, as a condition of SQL: in the words of the piles that they lie on, each an index."""

from collections.abc import Sequence

from jishi.kernel.orders import PILES


def in_states(states: Sequence[str]) -> str:
    """Orders in these states, which are also the parameter `:states*`."""
    piles = [condition for condition, held in PILES.values() if not set(held).isdisjoint(states)]
    if len(piles) == len(PILES):
        return "state IN (:states*)"
    return f"({' OR '.join([f'({pile})' for pile in piles])}) AND state IN (:states*)"

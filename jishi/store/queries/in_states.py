"""Which orders are in some states, as a condition of SQL: in the words of the pile that they lie on, an index."""

from collections.abc import Sequence

from jishi.kernel.orders import PILES


def in_states(states: Sequence[str]) -> str:
    """Orders in these states, which are also the parameter `:states*`. Where they lie on several piles, ask for each by
    itself, or all of a shop's orders are read.
    """
    piles = [condition for condition, held in PILES.values() if not set(held).isdisjoint(states)]
    return " AND ".join([*(piles if len(piles) == 1 else []), "state IN (:states*)"])

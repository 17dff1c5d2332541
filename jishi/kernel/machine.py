"""State machines as data tables, one per noun, checked when they are made."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Machine:
    """moves: event type -> (states it may happen in, state after). Checked: every state is reached, final states have
    no way out.
    """

    noun: str
    start: str
    moves: dict[type, tuple[tuple[str, ...], str]]
    final: tuple[str, ...]
    states: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        reached = {self.start}
        while True:
            more = {after for before, after in self.moves.values() if reached & set(before)} - reached
            if not more:
                break
            reached |= more
        named = {state for before, after in self.moves.values() for state in (*before, after)} | {self.start}
        assert named == reached, f"{self.noun}: never reached: {named - reached}"
        stuck = {
            state
            for state in reached
            if not any(state in before and after != state for before, after in self.moves.values())
        }
        assert stuck == set(self.final), f"{self.noun}: final states are {sorted(stuck)}"
        order = [self.start, *[after for _, after in self.moves.values()]]
        object.__setattr__(self, "states", tuple(dict.fromkeys(order)))

    def after(self, state: str, event: object) -> str:
        """The state after an event. Decisions have checked before; a wrong move is a fault of ours."""
        before, after = self.moves[type(event)]
        assert state in before, f"{self.noun} in {state} cannot take {type(event).__name__}"
        return after

"""Faults inside a transaction: a crash, a transient error or an unknown commit at one chosen step of the session."""

from collections import Counter

from jishi.store.errors import Transient, UnknownCommit


class Crashed(BaseException):
    """The process died here. No code of ours may catch it, as none runs after a power cut."""


class Violated(Exception):
    """Something that must always hold does not."""


KINDS = {"crash": Crashed, "transient": Transient, "unknown_commit": UnknownCommit}


class Fault:
    """A probe that raises once, at the n-th step it hears of; `only` limits it to steps of that name."""

    def __init__(self, kind: str, after: int, faults: Counter, only: str = ""):
        self.kind, self.left, self.faults, self.only = kind, after, faults, only
        self.fired = ""

    def __call__(self, step: str) -> None:
        if self.fired or not step.startswith(self.only):
            return
        # After the commit there is nothing left that could be "transient": the loss of the answer is what can happen.
        if step == "after:commit" and self.kind == "transient":
            return
        if self.kind == "unknown_commit" and not step.endswith(":commit"):
            return
        if self.left > 0:
            self.left -= 1
            return
        self.fired = step
        self.faults[f"{self.kind}.{step.partition(':')[0]}"] += 1
        raise KINDS[self.kind](f"simulated at {step}")

"""The provider's post: notices on their way to us, which get lost, doubled, late, out of order and forged."""

import heapq
from collections import Counter
from random import Random

from msgspec.structs import replace

from jishi.ports.pay import Notice
from jishi.sim.loop import SimClock

SECOND, MINUTE, HOUR, DAY = 1_000, 60_000, 3_600_000, 86_400_000
DUPLICATED, REORDERED, LOST, LATE, FORGED = 0.30, 0.30, 0.10, 0.05, 0.02


class Post:
    """What is on its way. While `calm`, everything arrives at once and as it was sent."""

    def __init__(self, random: Random, clock: SimClock, faults: Counter):
        self.random, self.clock, self.faults = random, clock, faults
        self.box: list[tuple[int, int, Notice]] = []
        self.made = 0
        self.calm = False

    def send(self, notice: Notice) -> None:
        """A notice starts on its way, and faults befall it."""
        if self.calm:
            return self.put(notice, 0)
        if self.befalls("forged", FORGED):
            self.forge(notice)
        if self.befalls("lost", LOST):
            return None
        delay = self.random.randint(0, 5 * SECOND)
        if self.befalls("late", LATE):
            delay = self.random.randint(SECOND, 7 * DAY)
        if self.befalls("reordered", REORDERED):
            delay += self.random.randint(0, 20 * MINUTE)
        if self.befalls("duplicated", DUPLICATED):
            again = notice if self.random.random() < 0.5 else replace(notice, id=notice.id + "b")
            self.put(again, delay + self.random.randint(0, HOUR))
        return self.put(notice, delay)

    def befalls(self, fault: str, share: float) -> bool:
        """Whether a fault of this kind happens now."""
        if self.random.random() >= share:
            return False
        self.faults[fault] += 1
        return True

    def forge(self, notice: Notice) -> None:
        """The same notice with another amount or currency; with its own transaction or one nobody knows.

        A wrong signature never gets this far: the edge refuses it before there is a command.
        """
        more = self.random.choice((1, 500, 10**6))
        wrong = {"currency": "USD"} if self.random.random() < 0.4 else {"amount_minor": notice.amount_minor + more}
        if notice.kind != "paid" and "amount_minor" in wrong:
            wrong = {"amount_minor": notice.amount_minor + 10**9}  # a smaller one could be true
        txn = {"txn": f"F{self.made}"} if notice.txn and self.random.random() < 0.5 else {}
        self.put(replace(notice, id=notice.id + "f", **wrong, **txn), self.random.randint(0, MINUTE))

    def put(self, notice: Notice, delay_ms: int) -> None:
        self.made += 1
        heapq.heappush(self.box, (self.clock.at + delay_ms, self.made, notice))

    def arrived(self, most: int) -> list[Notice]:
        """Take out what has arrived by now."""
        taken = []
        while self.box and self.box[0][0] <= self.clock.at and len(taken) < most:
            taken.append(heapq.heappop(self.box)[2])
        return taken

    def next_ms(self) -> int | None:
        """When the next one arrives."""
        return self.box[0][0] if self.box else None

"""Business time: the wall clock and an offset kept in the database, moved forward only, in demo databases only."""

import time


def wall_ms() -> int:
    """The wall clock, in ms since 1970 (UTC)."""
    return time.time_ns() // 1_000_000


class Clock:
    """What kernel, local provider and carrier see.

    Security time (sessions, tokens, signatures) uses `wall_ms` instead.
    """

    def __init__(self, offset_ms: int = 0, wall=wall_ms):
        self.offset_ms, self.wall = offset_ms, wall
        self.last_ms = 0

    def now_ms(self) -> int:
        """Business time. Never goes back, even when the wall clock does."""
        self.last_ms = max(self.last_ms, self.wall() + self.offset_ms)
        return self.last_ms

    def forward_to(self, at_ms: int) -> None:
        """Move business time forward to an instant; an earlier one changes nothing."""
        self.offset_ms = max(self.offset_ms, at_ms - self.wall())

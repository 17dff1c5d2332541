"""Time that nobody waits for: an event loop whose clock jumps to the next timer, and a market clock moved by hand."""

import asyncio
import selectors
from collections.abc import Awaitable, Callable
from typing import Any

from jishi.engine.clock import Clock

START_MS = 1_769_904_000_000  # 2026-02-01 00:00 in the market's zone


class Deadlock(Exception):
    """Everybody waits and nothing will ever happen."""


class _Jump(selectors.DefaultSelector):
    """Where the loop would wait for a timer, its clock jumps there instead."""

    def __init__(self):
        super().__init__()
        self.jumped_s = 0.0

    def select(self, timeout: float | None = None) -> list:
        ready = super().select(0)
        if not ready:
            if timeout is None:
                raise Deadlock("every task waits, and no timer is set")
            self.jumped_s += max(timeout, 0.0)
        return ready


class VirtualLoop(asyncio.SelectorEventLoop):
    """The same tasks in the same order at every run: nothing but the program decides who is next."""

    def __init__(self):
        self.jumps = _Jump()
        super().__init__(self.jumps)

    def time(self) -> float:
        """Seconds since the loop was made, none of which anybody waited for."""
        return self.jumps.jumped_s


class SimClock(Clock):
    """Wall and business time in one; the wall may be set back, business time never goes back."""

    def __init__(self, start_ms: int = START_MS):
        self.at = start_ms
        super().__init__(wall=lambda: self.at)

    def pass_by(self, ms: int) -> None:
        """Time passes, or the wall clock is set back by a negative number."""
        self.at += ms


def run_virtually(main: Callable[[], Awaitable[Any]]) -> Any:
    """Run a coroutine function on a loop of its own without ever waiting."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(main())

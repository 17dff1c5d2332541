"""Due timers, fired where commands are decided."""

from jishi.engine.clock_moves import keep_up
from jishi.engine.metrics import METRICS
from jishi.engine.pump import Pump


class Timers(Pump):
    """Has what is due fired."""

    name = "timers"
    poll_s = 0.1  # a look at one index, and as much as a timer is late on a quiet market

    async def turn(self) -> int:
        """Fire all that is due now; returns how many were done."""
        if self.engine.demo:
            await keep_up(self.engine)
        fired = await self.engine.firing.fire_due()
        METRICS.oldest_timer_ms.set(fired.late_ms)
        return fired.done

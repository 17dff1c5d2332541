"""Rate limits: one time stamp per sender says when his bucket is full again, so that a limit is exact and cheap."""

import time
from collections.abc import Callable

from jishi.api.settings import ApiSettings, Rate

SECOND_NS = 1_000_000_000
KEPT_MOST = 300_000


class Limits:
    """`take` counts one request. Buckets that are full again are forgotten when there are too many."""

    def __init__(self, settings: ApiSettings, now_ns: Callable[[], int] = time.monotonic_ns):
        self.now_ns = now_ns
        self.rates: dict[str, Rate] = {
            kind: rate
            for kind in ("party", "key", "ip", "claim", "join", "pay", "upload")
            if (rate := getattr(settings, kind)).per_s
        }
        self.full_at: dict[tuple[str, object], int] = {}

    def take(self, kind: str, who: object) -> int:
        """0 when the request may go on, else after how many whole seconds to come again."""
        rate = self.rates.get(kind)
        if rate is None:
            return 0
        now, step = self.now_ns(), SECOND_NS // rate.per_s
        full = max(self.full_at.get((kind, who), 0), now) + step
        over = full - now - step * rate.burst
        if over > 0:
            return -(-over // SECOND_NS)
        if len(self.full_at) >= KEPT_MOST:
            self.full_at = {key: at for key, at in self.full_at.items() if at > now}
        self.full_at[kind, who] = full
        return 0

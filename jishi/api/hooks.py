"""POST /hooks/pay: the provider's notices. Believed only when signed, recorded before they are acknowledged."""

import time
from collections.abc import Callable
from typing import Any, NamedTuple

import msgspec
import structlog
from prometheus_client import Counter

from jishi.api.errors import PROBLEM
from jishi.api.wire import Call, Reply
from jishi.engine.metrics import METRICS
from jishi.engine.outbox_notices import NOT_OURS, take
from jishi.engine.request import Busy
from jishi.kernel.refused import Refused
from jishi.ports.pay import Notice, NoticeRefused, Pay, PayRefused, Unknown
from jishi.store.errors import Transient

security = structlog.get_logger("jishi.security")
log = structlog.get_logger("jishi.hooks")
BODY_BYTES_MAX = 65_536
AT_ONCE_MAX = 4_000  # more than can be recorded in about two seconds: the provider tells it again
NOTICES = Counter("jishi_notices", "Notices of the provider, by what became of them", ["outcome"],
                  registry=METRICS.registry)  # fmt: skip
RECORDED = NOTICES.labels("recorded")
# What is refused, as HTTP; any other code of the signature's check is a 401.
STATUSES = {
    "body_too_large": 413,
    "body_malformed": 400,
    "timestamp_malformed": 400,
    "signature_malformed": 400,
    "merchant_differs": 403,
    "key_unknown": 503,
    "key_missing": 503,
    "busy": 503,
}
DETAILS = {
    413: "The notice is larger than any of ours. Send it in its documented form.",
    400: "The notice cannot be read. Send it in its documented form.",
    401: "The signature does not prove that the provider sent this now. Sign it with the current key and time.",
    403: "This notice is for another merchant.",
    405: "Notices are sent with POST.",
    422: "The notice does not fit what was asked for. It is recorded, and a person will look at it.",
    503: "The notice cannot be taken now. Send it again in a moment.",
}


class Outcome(NamedTuple):
    """What became of a notice: the status it is answered with, and why, unless it is 200."""

    status: int
    code: str = ""

    @property
    def reply(self) -> Reply:
        """Nothing, or a problem document."""
        if self.status == 200:
            return Reply(200)
        problem = {"type": "about:blank", "title": self.code.replace("_", " "), "status": self.status,
                   "code": self.code, "detail": DETAILS[self.status]}  # fmt: skip
        again = (("retry-after", "2"),) if self.status == 503 else ()
        return Reply(self.status, msgspec.json.encode(problem), again, PROBLEM)


class PayHook:
    """Answers a provider's calls. `wall_ms` is the wall clock, in which signatures live."""

    def __init__(self, engine: Any, pay: Pay, wall_ms: Callable[[], int] = lambda: time.time_ns() // 1_000_000):
        self.engine, self.pay, self.wall_ms = engine, pay, wall_ms
        self.under_way = 0

    async def __call__(self, call: Call) -> Reply:
        if call.method != "POST":
            return Outcome(405, "method_not_allowed").reply
        try:
            body = await call.read(BODY_BYTES_MAX)
        except Refused as refused:
            return self.refuse(refused.code).reply
        return (await self.take(call.headers, body)).reply

    async def take(self, headers: dict[str, str], body: bytes) -> Outcome:
        """Verify, record, answer. 200 only once the notice is durable."""
        if self.under_way >= AT_ONCE_MAX:
            return self.refuse("busy")
        self.under_way += 1
        try:
            return await self.record(self.pay.read_notice(headers, body, self.wall_ms()))
        except NoticeRefused as refused:
            return self.refuse(refused.code)
        except Unknown as unknown:
            await self.fetch_key()
            return self.refuse(unknown.code)
        except (Busy, Transient):
            return self.refuse("busy")
        finally:
            self.under_way -= 1

    async def fetch_key(self) -> None:
        """The provider's key is not here yet; the next copy of the notice may find it."""
        try:
            await self.pay.ready()
        except (Unknown, PayRefused) as error:
            log.warning("provider_key_unknown", code=error.code)

    async def record(self, notice: Notice) -> Outcome:
        """Send the notice as a command. What does not fit is recorded by the command, and here."""
        try:
            outcome = await take(self.engine, notice, f"notice.{notice.id}", background=False)
        except Busy:
            raise
        except Refused as refused:
            return self.refuse(refused.code, notice)
        if outcome in NOT_OURS:
            return self.refuse(outcome, notice)
        RECORDED.inc()
        return Outcome(200)

    @staticmethod
    def refuse(code: str, notice: Notice | None = None) -> Outcome:
        """Count it and keep it in the security log."""
        NOTICES.labels(code).inc()
        facts = {"notice": notice.id, "kind": notice.kind, "reference": notice.reference} if notice else {}
        security.warning("notice_refused", code=code, **facts)
        return Outcome(422 if notice else STATUSES.get(code, 401), code)

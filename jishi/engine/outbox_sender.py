"""Sends a webhook's message: to a checked address only, bounded in time, redirects and answers' bodies unread."""

import asyncio
import time
from collections.abc import Callable
from typing import NamedTuple

import httpx

from jishi.engine.outbox_guard import GuardRefused, GuardSettings, check
from jishi.engine.outbox_message import Message

TIMEOUT_S = 10.0


class Outcome(NamedTuple):
    """What became of one try. status: HTTP, 0 for none. code: "" when delivered."""

    status: int
    code: str

    @property
    def delivered(self) -> bool:
        return not self.code


class Sender:
    """One HTTP client for all endpoints. `now_s` is the machine's clock: receivers allow signatures five minutes."""

    def __init__(self, settings: GuardSettings, timeout_s: float = TIMEOUT_S, now_s: Callable[[], float] = time.time):
        self.settings, self.timeout_s, self.now_s = settings, timeout_s, now_s
        # No connection is kept: one made for a name must not carry another's message to the same address.
        self.client = httpx.AsyncClient(
            timeout=timeout_s,
            follow_redirects=False,
            trust_env=False,
            limits=httpx.Limits(max_connections=64, max_keepalive_connections=0),
        )

    async def send(self, url: str, message: Message) -> Outcome:
        """One try."""
        try:
            async with asyncio.timeout(self.timeout_s):
                return await self.post(url, message)
        except GuardRefused as refused:
            return Outcome(0, refused.code)
        except (TimeoutError, httpx.TimeoutException):
            return Outcome(0, "timeout")
        except (httpx.HTTPError, httpx.InvalidURL):
            return Outcome(0, "connection_failed")

    async def post(self, url: str, message: Message) -> Outcome:
        """To the address that was checked, under the name it was found by. Only the status of the answer is read."""
        target = await check(url, self.settings)
        headers = message.headers(int(self.now_s())) | {"host": target.host_header, "user-agent": "jishi-webhooks"}
        request = self.client.build_request(
            "POST", target.url, content=message.body, headers=headers, extensions=self.extensions(target.host)
        )
        response = await self.client.send(request, stream=True)
        await response.aclose()
        return outcome_of(response.status_code)

    def extensions(self, host: str) -> dict:
        """The certificate is checked against the name, not the address."""
        limits = httpx.Timeout(self.timeout_s).as_dict()
        return {"sni_hostname": host, "timeout": limits}

    async def close(self) -> None:
        await self.client.aclose()


def outcome_of(status: int) -> Outcome:
    """2xx is delivered; 410 says that nobody listens there any more."""
    if 200 <= status < 300:
        return Outcome(status, "")
    if status == 410:
        return Outcome(status, "gone")
    return Outcome(status, "redirected" if 300 <= status < 400 else f"http_{status}")

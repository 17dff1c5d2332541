"""Who answers what: places by the first part of a path, and pages everything else."""

from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple

from jishi.api.wire import Call, Reply

Asgi = Callable[[dict[str, Any], Callable, Callable], Awaitable[None]]
Answers = Callable[[Call], Awaitable[Reply]]


class Site(NamedTuple):
    """places: who answers calls, by the first part of a path; pages: the ASGI application for all else."""

    places: dict[str, Answers]
    pages: Asgi

    async def __call__(self, scope: dict[str, Any], receive: Callable, send: Callable) -> None:
        """Whatever came to no place, in ASGI's words."""
        await self.pages(scope, receive, send)

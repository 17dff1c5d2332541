"""How who asked is given his answer."""

import asyncio
from typing import Any


def finish(future: asyncio.Future, result: Any) -> None:
    """Give who asked his result, or the exception that it is, if he still waits. Who has gone is not missed."""
    if future.done():
        return
    if isinstance(result, Exception):
        future.set_exception(result)
        future.exception()  # it has been heard: else the loop complains of it, where nobody is left to listen
    else:
        future.set_result(result)

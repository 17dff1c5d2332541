"""One process in which every upload is decoded, so that no picture holds up the server, and none can bring it down."""

import asyncio
import os
import signal
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from functools import cache
from multiprocessing import get_context, parent_process
from threading import Thread

from jishi.ports.pictures import Picture, PictureRefused, clean

TRIES = 2  # the second is for who only waited behind a picture that broke the decoder


async def cleaned(data: bytes) -> Picture:
    """`clean`, in the pool. Raises PictureRefused; also for a picture on which the decoder dies."""
    for _ in range(TRIES):
        pool = workers()
        try:
            return await asyncio.get_running_loop().run_in_executor(pool, clean, data)
        except BrokenProcessPool:
            if workers() is pool:
                workers.cache_clear()
    raise PictureRefused("picture_not_a_picture")


@cache
def workers() -> ProcessPoolExecutor:
    """The pool. Its process is started afresh: a copy of a server with threads and databases may hang."""
    return ProcessPoolExecutor(1, mp_context=get_context("spawn"), initializer=_begin)


def _begin() -> None:
    """The server alone says when to end: not the keyboard, and at once when the server is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(0)

"""What a batch answered has left the process when the next batch begins.

Reason: on SQLite a batch holds the loop from its first step to its last. Answers that were put together but not sent
waited for the whole of another batch, so that server and writer worked by turns while a core was idle.
"""

import asyncio
import gc
import socket

import pytest

from jishi.engine.batch import Batch
from jishi.engine.engine import Engine, EngineOptions
from jishi.engine.lane import Lane
from jishi.engine.request import Answer, Item
from jishi.engine.writer.pipe import Pipe
from jishi.kernel.grammar import system
from jishi.kernel.ids import derived_id
from jishi.kernel.parties import CreateParty
from jishi.kernel.refused import Refused
from jishi.store import migrate, open_database
from jishi.store.futures import finish

pytestmark = pytest.mark.anyio
WITHIN_S = 20


def sent_to(end: socket.socket) -> bool:
    """Whether anything has come to this end of a pair by now."""
    try:
        return bool(end.recv(1_000_000, socket.MSG_DONTWAIT))
    except BlockingIOError:
        return False


@pytest.mark.parametrize("background", [False, True])
async def test_answers_leave_before_the_next_batch_begins(database_url, background):
    await migrate(database_url)
    database = await open_database(database_url)
    engine = await Engine.open(database, EngineOptions(pumps=False))
    lane = Lane(await database.session(), Batch(engine.world), lambda answers: None, database)
    lane.size = 4 if background else 1  # one command in the first batch: background work leaves another owner's
    lane.rest_least_s = 0  # as in a writer's process
    ours, theirs = socket.socketpair()
    pipe = await Pipe.over(ours, lambda messages: None, lambda: None)
    begun: list[bool] = []
    lane.holds = lambda owners: begun.append(sent_to(theirs)) if owners else None
    try:
        answers = []
        for number in range(2):
            party = derived_id("lane", "party", number)
            request = engine.request(CreateParty(party, "person", "simulated"), system("demo"), engine.fresh_id())
            future = asyncio.get_running_loop().create_future()
            future.add_done_callback(lambda done: pipe.say(len(done.result())))
            answers.append(lane.put(Item([request], future, lane.monotonic() + WITHIN_S, background)))
        await asyncio.wait_for(asyncio.gather(*answers), WITHIN_S)
        assert begun == [False, True], "the first batch has nothing to wait for, the second finds the answer sent"
    finally:
        await lane.stop()
        await lane.session.close()
        await engine.stop()
        pipe.close()
        theirs.close()


async def test_an_answer_that_nobody_waits_for_any_more_is_no_complaint():
    """Who fired some timers was stopped meanwhile; their refusals were then reported as errors of the server."""
    complaints = []
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _, context: complaints.append(context["message"]))
    for result in (Refused("not_found"), Answer(b"{}", 1, 1)):
        future = loop.create_future()
        finish(future, result)
        del future
    gc.collect()
    assert not complaints

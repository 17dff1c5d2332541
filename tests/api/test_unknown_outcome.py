"""A commit lost on the way: the sender is told when to ask again, and the same key then tells the outcome."""

import pytest

from jishi.store.errors import Transient, UnknownCommit
from tests.api.desk import open_desk

pytestmark = pytest.mark.anyio


async def test_who_cannot_be_told_the_outcome_is_told_when_to_ask_again(database_url):
    async with open_desk(database_url) as desk:
        token = desk.token(await desk.market.person())
        session, lost = desk.market.engine.lane.session, []

        def away(step: str) -> None:
            if step == "after:commit":
                lost.append(step)
                raise UnknownCommit("the connection was lost")
            if lost:
                raise Transient("the database is away")

        session.probe = away
        body = {"name": "simulated"}
        got = await desk.post("parties/set-profile", body, token, idempotency_key="mine")
        session.probe = None
        assert (got.status, got.code) == (503, "outcome_unknown") and int(got.headers["retry-after"]) >= 1
        again = await desk.post("parties/set-profile", body, token, idempotency_key="mine")
        assert again.status == 200 and again.headers["idempotent-replayed"] == "true"

"""Schemathesis makes requests from our own description: no server error, and every answer is as it says."""

import asyncio
import json
from contextlib import AsyncExitStack
from datetime import timedelta
from urllib.parse import quote, urlencode

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_schema_conformance,
    status_code_conformance,
)

from jishi.api.openapi import openapi
from jishi.api.registry import endpoints
from tests.api.desk import Desk, open_desk
from tests.api.world import World

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    negative_data_rejection,
]
EXAMPLES_PER_MODE = 6
DESCRIPTION = schemathesis.openapi.from_dict(openapi())
OPERATIONS = [found.ok() for found in DESCRIPTION.get_all_operations()]


@pytest.fixture(scope="module")
def standing(tmp_path_factory):
    """(run, world): a world that stays, and the loop it lives in."""
    url = f"sqlite:///{tmp_path_factory.mktemp('api')}/jishi.db"
    with asyncio.Runner() as runner:
        stack = AsyncExitStack()
        desk: Desk = runner.run(stack.enter_async_context(open_desk(url)))
        yield runner.run, runner.run(World(desk).build())
        runner.run(stack.aclose())


def body_of(case: Case) -> tuple[str, bytes]:
    """A made-up body and its media type; what is not described as JSON is sent as it is."""
    if case.method.upper() == "GET":
        return "", b""
    media = (case.media_type or "application/json").replace("/*", "/png")
    if media == "application/json":
        return media, json.dumps(case.body, default=str).encode()
    return media, case.body if isinstance(case.body, bytes) else str(case.body).encode("utf-8", "replace")


async def call(world: World, case: Case) -> httpx.Response:
    """Send a made-up request to the API in this process."""
    query = urlencode(case.query or {}, doseq=True, quote_via=quote)
    media, body = body_of(case)
    plain = {name: str(value) for name, value in (case.headers or {}).items() if str(value).isascii()}
    headers = plain | ({"content-type": media} if media else {})
    got = await world.desk.raw(case.method.upper(), f"{case.formatted_path}?{query}", body, headers)
    request = httpx.Request(case.method.upper(), f"http://market.test{case.formatted_path}?{query}", content=body)
    response = httpx.Response(got.status, headers=got.headers, content=got.body, request=request)
    response.elapsed = timedelta(0)
    return response


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.label)
def test_answers_are_as_described(standing, operation):
    run, world = standing
    senders = st.sampled_from(["payer", "staff_goods", "operator_books", "key_orders"])
    modes = st.sampled_from([GenerationMode.POSITIVE, GenerationMode.NEGATIVE])

    def made_by(sender: str, mode: GenerationMode) -> st.SearchStrategy[Case]:
        signed = {"Authorization": f"Bearer {world.senders[sender]}"}
        return operation.as_strategy(generation_mode=mode, headers=signed)

    @given(case=st.builds(made_by, senders, modes).flatmap(lambda made: made))
    @settings(
        max_examples=2 * EXAMPLES_PER_MODE, deadline=None, derandomize=True, database=None, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    def answers(case: Case) -> None:
        response = run(call(world, case))
        case.validate_response(response, checks=CHECKS)

    answers()


def test_the_description_covers_the_registry():
    assert len(OPERATIONS) == len(endpoints(None, None))

"""Values come back from PostgreSQL as they were given, whatever is in them."""

import asyncio

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as any_
from psycopg import pq

from jishi.store import postgres_binary
from jishi.store.postgres_text import as_text, integers, texts
from jishi.store.postgres_wire import Wire

BIGINTS = any_.integers(-(2**63), 2**63 - 1)
TEXTS = any_.text(any_.characters(exclude_characters="\0", exclude_categories=["Cs"]))
AWKWARD = ["", "NULL", "null", '"', "\\", '\\"', "{}", ",", '","', " a ", "\n\t\r", "集市", "😀", "\x01", "'", "N"]


async def echoed(url: str, *asked: tuple[str, bytes | None], form: pq.Format = pq.Format.TEXT) -> list:
    """What the server makes of these parameters, by the types they are cast to."""
    wire = await Wire.open(url, {})
    try:
        given_back = [wire.ask(f"SELECT $1::{kind}", [told], [form]) for kind, told in asked]
        return [(await one)[0][0] for one in given_back]
    finally:
        wire.close()


@pytest.mark.postgres
@given(
    numbers=any_.lists(any_.none() | BIGINTS),
    words=any_.lists(any_.none() | TEXTS | any_.sampled_from(AWKWARD)),
    raw=any_.lists(any_.none() | any_.binary()),
)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_columns_come_back_as_given(postgres_url: str, numbers: list, words: list, raw: list) -> None:
    asked = ("bigint[]", integers(numbers)), ("text[]", texts(words))
    assert asyncio.run(echoed(postgres_url, *asked)) == [numbers, words]
    columns = {"bigint[]": postgres_binary.numbers(numbers), "text[]": postgres_binary.texts(words)}
    columns["bytea[]"] = postgres_binary.binaries(raw)
    assert asyncio.run(echoed(postgres_url, *columns.items(), form=pq.Format.BINARY)) == [numbers, words, raw]


@pytest.mark.postgres
def test_single_values_come_back_as_given(postgres_url: str) -> None:
    values = {"bigint": 2**63 - 1, "text": "it's \\ \"so\"", "bytea": b"\0\xff", "boolean": True, "text[]": AWKWARD}
    asked = [(kind, as_text(value)) for kind, value in values.items()]
    assert asyncio.run(echoed(postgres_url, *asked)) == list(values.values())
    assert asyncio.run(echoed(postgres_url, ("text", as_text(None)), ("bigint[]", as_text([])))) == [None, []]


@pytest.mark.parametrize("make", [texts, postgres_binary.texts])
def test_a_nul_is_refused_not_cut_off(make) -> None:
    for column in (["a", "b\0c"], [None, "\0"]):
        with pytest.raises(ValueError, match="NUL"):
            make(column)
    with pytest.raises(ValueError, match="NUL"):
        as_text("a\0b")

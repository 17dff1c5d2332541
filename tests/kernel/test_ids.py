"""Ids: ordered, unique, and with a public form that finds a wrong symbol."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jishi.kernel.ids import (
    ALPHABET,
    ID_MAX,
    IdSource,
    IdSupply,
    derived_id,
    public_id,
    public_owner,
    read_id,
    read_owner,
)
from jishi.kernel.refused import Refused

NUMBERS = st.integers(1, ID_MAX)


@given(NUMBERS, NUMBERS)
def test_public_forms_read_back(owner, number):
    assert read_owner(public_owner(owner)) == owner
    assert read_id(public_id(owner, number)) == (owner, number)
    assert len(public_id(owner, number)) == 27
    assert read_id(public_id(owner, number).lower()) == (owner, number)


@given(NUMBERS, NUMBERS, st.integers(0, 26), st.sampled_from(ALPHABET))
def test_one_wrong_symbol_is_always_found(owner, number, place, symbol):
    text = public_id(owner, number)
    wrong = text[:place] + symbol + text[place + 1 :]
    if wrong != text:
        with pytest.raises(Refused, match="id_malformed"):
            read_id(wrong)


@pytest.mark.parametrize("text", ["", "0" * 27, "0" * 14, "ü" * 27, "A" * 26, "A" * 28, "-" * 27])
def test_nonsense_is_refused(text):
    with pytest.raises(Refused):
        read_id(text)


def test_ids_grow_even_when_the_clock_steps_back():
    times = iter([2_000_000_000_000, 1_999_999_999_000, *[2_000_000_000_000] * 5_000])
    source = IdSource(3, lambda: next(times))
    made = [source.next() for _ in range(5_000)]
    assert made == sorted(set(made))
    assert max(made) <= ID_MAX


def test_a_supply_gives_the_same_ids_at_every_try():
    supply = IdSupply(IdSource(1, lambda: 2_000_000_000_000))
    first = [supply.next(), supply.next()]
    assert [supply.rewind().next(), supply.next()] == first
    assert derived_id("a", 1) == derived_id("a", 1) != derived_id("a1")

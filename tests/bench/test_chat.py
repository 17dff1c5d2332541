"""The benchmark of a conversation runs: whoever is connected to a real server gets the card."""

import asyncio

from bench.chat import card_to_all


def test_everyone_connected_gets_the_card():
    told = asyncio.run(card_to_all(4, 1))
    assert len(told.waits_ms) == 4
    assert all(wait > 0 for wait in told.waits_ms)

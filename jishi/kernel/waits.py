"""How long to wait before asking again: twice as long each time, up to a most."""

ASK_FIRST_MS, ASK_MOST_MS = 60_000, 3_600_000  # our default: how soon and how seldom we ask about money on its way


def wait_ms(tries: int, first_ms: int = ASK_FIRST_MS, most_ms: int = ASK_MOST_MS) -> int:
    """The wait after so many tries."""
    return min(first_ms << min(tries, 20), most_ms)

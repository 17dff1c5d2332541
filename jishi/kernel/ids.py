"""Identity: 63-bit time-ordered ids made before the transaction, and their public form with a check character."""

import hashlib
from collections.abc import Callable
from functools import lru_cache
from operator import mul
from typing import Annotated

from msgspec import Meta

from jishi.kernel.refused import Refused

MILLISECONDS_BITS, ENGINE_BITS, COUNTER_BITS = 41, 10, 12
COUNTERS = range(1 << COUNTER_BITS)
EPOCH_MS = 1_735_689_600_000  # 2025-01-01 UTC; 41 bits last until 2094
ID_MAX = 2**63 - 1
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's base 32: no I, L, O, U
DIGITS = {symbol: value for value, symbol in enumerate(ALPHABET)} | {"I": 1, "L": 1, "O": 0}
WIDTH = 13  # 13 symbols of five bits hold 63 bits


def id_type(noun: str):
    """An int that is an id in the kernel (0 for none) and a checked string outside.

    "owner" stands alone; others carry theirs.
    """
    return Annotated[int, Meta(ge=0, le=ID_MAX, extra={"public_id": noun})]


OwnerId = id_type("owner")


def derived_id(*parts: int | str) -> int:
    """An id that follows from others, the same at every try: a checkout's orders, an owner created under a command id.
    """
    told = "\0".join(map(str, parts)).encode()
    return int.from_bytes(hashlib.sha256(told).digest()[:8]) >> 1 or 1


class IdSource:
    """Makes ids for one engine: unique while the engine number is leased, ordered by wall-clock time.

    counters: those of each millisecond that are this source's, where an engine has several.
    """

    def __init__(self, engine: int, wall_ms: Callable[[], int], counters: range = COUNTERS):
        assert 0 <= engine < 1 << ENGINE_BITS
        self.engine, self.wall_ms, self.counters = engine, wall_ms, counters
        self.last_ms, self.counter = 0, counters.start

    def next(self) -> int:
        """A fresh id.

        When the clock steps back, or all ids of a millisecond were made, the last time moves on by itself.
        """
        now = self.wall_ms() - EPOCH_MS
        if now > self.last_ms:
            self.last_ms, self.counter = now, self.counters.start
        elif self.counter + 1 < self.counters.stop:
            self.counter += 1
        else:
            self.last_ms, self.counter = self.last_ms + 1, self.counters.start
        return (self.last_ms << ENGINE_BITS | self.engine) << COUNTER_BITS | self.counter


class IdSupply:
    """The ids one command may use: the same ones at every retry."""

    __slots__ = ("at", "source", "taken")

    def __init__(self, source: IdSource):
        self.source, self.taken, self.at = source, [], 0

    def rewind(self) -> "IdSupply":
        """Start again from the first id, before another try."""
        self.at = 0
        return self

    def next(self) -> int:
        """The next id of this command."""
        if self.at == len(self.taken):
            self.taken.append(self.source.next())
        self.at += 1
        return self.taken[self.at - 1]


_PAIRS = [high + low for high in ALPHABET for low in ALPHABET]  # ten bits at once: ids are told in every answer
_VALUES = bytes(DIGITS.get(chr(code).upper(), 0) for code in range(256))
_WEIGHTS = tuple(range(1, 4 * WIDTH, 2))
_WRONG = b"!"
# The symbols as Python's own base 32 writes them, so that `int` reads a number at once; every other byte is wrong.
_NATIVE = bytes(
    b"0123456789abcdefghijklmnopqrstuv"[DIGITS[symbol]] if (symbol := chr(code).upper()) in DIGITS else _WRONG[0]
    for code in range(256)
)


def _symbols(number: int) -> str:
    high = _PAIRS[number >> 55] + _PAIRS[number >> 45 & 1023] + _PAIRS[number >> 35 & 1023]
    low = _PAIRS[number >> 25 & 1023] + _PAIRS[number >> 15 & 1023] + _PAIRS[number >> 5 & 1023]
    return high + low + ALPHABET[number & 31]


def _check(body: str) -> str:
    return ALPHABET[_checksum(body.encode())]


def _checksum(body: bytes) -> int:
    """Weighted sum by odd weights: finds every single wrong symbol, and most swaps of neighbours."""
    return sum(map(mul, _WEIGHTS, body.translate(_VALUES))) % 32


@lru_cache(maxsize=10_000)
def public_owner(owner: int) -> str:
    """The public form of an owner: 13 symbols and a check symbol."""
    body = _symbols(owner)
    return body + _check(body)


def public_id(owner: int, number: int) -> str:
    """The public form of an owned id: it carries its owner, so that each address routes without a look-up (27
    symbols).
    """
    body = public_owner(owner)[:WIDTH] + _symbols(number)
    return body + _check(body)


def _symbols_of(text: str, count: int) -> bytes:
    """So many symbols that Python's base 32 reads, and the check symbol, which fits."""
    raw = text.strip().encode("ascii", "replace")
    body = raw.translate(_NATIVE)
    if len(body) != count + 1 or _WRONG in body or _checksum(raw[:-1]) != _VALUES[raw[-1]]:
        raise Refused("id_malformed")
    return body


def read_owner(text: str) -> int:
    """Parse a public owner id; refuses `id_malformed`."""
    owner = int(_symbols_of(text, WIDTH)[:WIDTH], 32)
    if not 1 <= owner <= ID_MAX:
        raise Refused("id_malformed")
    return owner


def read_id(text: str) -> tuple[int, int]:
    """Parse a public owned id into (owner, id); refuses `id_malformed`."""
    body = _symbols_of(text, 2 * WIDTH)
    owner, number = int(body[:WIDTH], 32), int(body[WIDTH:-1], 32)
    if not (1 <= owner <= ID_MAX and 1 <= number <= ID_MAX):
        raise Refused("id_malformed")
    return owner, number

"""SQLite clears what is deleted, but balancing a tree leaves copies of rows in its pages: a scrub clears these."""

import random
from pathlib import Path

import pytest

from jishi.kernel.parties import Profile
from jishi.store import migrate, open_database

pytestmark = pytest.mark.anyio
PEOPLE = 4_000
SEED = 1  # one that leaves copies behind


def words(raw: bytes) -> set[int]:
    """The numbers of the people whose name stands in these bytes."""
    return {int(part[:5]) for part in raw.split(b"PLANTED")[1:] if part[:5].isdigit()}


def named(number: int, rest: int) -> Profile:
    return Profile(1_000 + number, f"PLANTED{number:05d}{'x' * rest}", "+86 190 0000 0001", "zh-Hans")


async def fill(database, seed: int) -> set[int]:
    """People come in any order and change their names; half of them go. Returns who stays."""
    draw, session = random.Random(seed), await database.session()
    numbers = list(range(PEOPLE))
    draw.shuffle(numbers)
    for place, number in enumerate(numbers):
        await session.begin()
        await session.insert(Profile, [named(number, draw.randint(0, 150))])
        await session.update(Profile, [named(draw.choice(numbers[: place + 1]), draw.randint(0, 250))])
        await session.commit()
    gone = set(draw.sample(numbers, PEOPLE // 2))
    for number in gone:
        await session.begin()
        await session.delete(Profile, [(1_000 + number,)])
        await session.commit()
    return set(numbers) - gone


async def test_no_copy_stays_in_a_page(tmp_path: Path):
    file = tmp_path / "people.db"
    await migrate(f"sqlite:///{file}")
    database = await open_database(f"sqlite:///{file}")
    stay = await fill(database, SEED)
    await database.scrub([])
    assert words(file.read_bytes()) > stay, "without rewriting some stay, or this test proves nothing"
    await database.scrub([Profile])
    assert words(file.read_bytes()) == stay
    assert len(await database.read(Profile)) == len(stay)
    await database.close()

"""Fixtures: a fresh database for each test, once on SQLite and once on PostgreSQL."""

import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.missing import skip_or_fail
from tests.support.postgres import Postgres
from tests.support.postgres_programs import MISSING, postgres_bin

numbers = itertools.count(1)


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """Run one throw-away cluster for the whole run; it is fast because it may lose data in a power cut."""
    if postgres_bin() is None:
        skip_or_fail(MISSING)
    cluster = Postgres().start()
    yield cluster
    cluster.stop()


@pytest.fixture
def postgres_url(postgres: Postgres) -> Iterator[str]:
    """Return the URL of a fresh, empty PostgreSQL database."""
    name = f"test_{next(numbers)}"
    yield postgres.create_database(name)
    postgres.drop_database(name)


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """Return the URL of a fresh SQLite file that does not exist yet."""
    return f"sqlite:///{tmp_path / 'jishi.db'}"


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def database_url(request: pytest.FixtureRequest) -> str:
    """Return the URL of a fresh, empty database; every test that asks for it runs on both kinds."""
    return request.getfixturevalue(f"{request.param}_url")

"""Passwords: argon2 hashes, made and checked in two threads beside the loop, as each takes time and 64 MB."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from jishi.kernel.refused import require

LENGTH_LEAST, LENGTH_MOST = 8, 200  # our default; a passphrase may be long
COMMON = frozenset(
    {"12345678", "123456789", "1234567890", "password", "password1", "qwertyui", "qwerty123", "11111111", "88888888",
     "66666666", "00000000", "abcd1234", "1q2w3e4r", "iloveyou", "woaini1314", "a123456789", "123123123", "87654321",
     "asdfghjk"}
)  # fmt: skip
HASHER = PasswordHasher()  # RFC 9106, second recommended option


@cache
def _threads() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(2, thread_name_prefix="password")


@cache
def _nobodys() -> str:
    """A hash to compare with where there is none, so that the answer takes as long."""
    return HASHER.hash("nobody has this password")


def check_strength(password: str, login: str) -> None:
    """Refuse what is guessed first: short, common, or the login itself."""
    require(LENGTH_LEAST <= len(password) <= LENGTH_MOST, "password_length")
    told = password.casefold()
    require(told not in COMMON and told != login.casefold() and len(set(password)) > 3, "password_common")


async def hashed(password: str) -> str:
    """The hash to keep."""
    return await asyncio.get_running_loop().run_in_executor(_threads(), HASHER.hash, password)


async def matches(kept: str, password: str) -> bool:
    """Whether it is the password of this hash; "" stands for nobody's, and takes as long."""
    return await asyncio.get_running_loop().run_in_executor(_threads(), _matches, kept, password[: LENGTH_MOST + 1])


def _matches(kept: str, password: str) -> bool:
    try:
        return HASHER.verify(kept or _nobodys(), password) and bool(kept)
    except (VerificationError, InvalidHashError):
        return False

"""What only the house's own command line may do: the first key, operators, erasing a person."""

from collections.abc import Awaitable, Callable
from typing import Any

from jishi.engine import erasure
from jishi.engine.engine import Engine
from jishi.engine.sign_in import SignIn
from jishi.kernel.apps import MakeKey
from jishi.kernel.grammar import system
from jishi.kernel.ids import read_id, read_owner
from jishi.kernel.owners import PLATFORM
from jishi.kernel.shops import SetDuties

JOB = system("job")


async def make_key(engine: Engine, name: str, scopes: list[str]) -> dict[str, Any]:
    """Make a platform key for a program; its secret is told this once."""
    told = (await engine.send(MakeKey(PLATFORM, name, tuple(scopes)), JOB)).told
    return {"key": SignIn(engine).key_secret(*read_id(told["key"])), "scopes": scopes}


async def set_operator(engine: Engine, party: str, duties: list[str]) -> dict[str, Any]:
    """Give a party duties of the platform; none takes them away."""
    await engine.send(SetDuties(PLATFORM, read_owner(party), tuple(duties)), JOB)
    return {"operator": party, "duties": duties}


async def erase(engine: Engine, party: str) -> dict[str, Any]:
    """Erase what tells of a person."""
    return {"erased": await erasure.erase(engine, read_owner(party))}


DOES: dict[str, Callable[..., Awaitable[dict[str, Any]]]] = {"key": make_key, "operator": set_operator, "erase": erase}


async def do(engine: Engine, asked: dict[str, Any]) -> dict[str, Any]:
    """Do what the command line asks for: {"do": name, ...its arguments}."""
    rest = dict(asked)
    work = DOES.get(rest.pop("do", ""))
    if work is None:
        raise ValueError(f"one of {', '.join(DOES)} can be asked for")
    return await work(engine, **rest)

"""Who may send a large body is asked before it is read, by the same roles as commands and queries."""

from typing import Any

from jishi.api.endpoints import case_of
from jishi.api.reading import parameters
from jishi.api.wire import Call
from jishi.kernel.grammar import Role
from jishi.kernel.refused import require
from jishi.store.query import load


async def admit(endpoint: Any, call: Call, role: Role) -> None:
    """Read what the address asks into `call.asked`; refuse `forbidden` unless the sender has this role there."""
    call.asked = asked = endpoint.reader.read(parameters(endpoint.reader.outer, call.query), call.by)
    case = case_of(endpoint.engine, call.by)
    for need in role.needs:
        setattr(case, need.slot, await load(endpoint.engine.database, need, need.keys(asked, case)))
    require(role.test(asked, case), "forbidden")

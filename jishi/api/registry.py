"""Every endpoint of the API, made from the registry of commands and queries and the few of its own."""

from typing import Any

from jishi.api.endpoints import CommandEndpoint, Endpoint, QueryEndpoint
from jishi.api.imports import ImportEndpoint
from jishi.api.own import BasketEndpoint, KeyEndpoint, TokenEndpoint
from jishi.api.paths import exposed
from jishi.api.paying import CashierEndpoint
from jishi.api.pictures import PictureEndpoint
from jishi.api.ports import NO_PORTS, Ports
from jishi.engine.sign_in import SignIn
from jishi.store.queries import QUERIES


def endpoints(engine: Any, sign_in: SignIn | None, ports: Ports = NO_PORTS) -> list[Any]:
    """Every endpoint, from the registry. Without an engine they only describe themselves."""
    commands = [
        KeyEndpoint(engine, path, handler, sign_in) if path == "keys/make" else CommandEndpoint(engine, path, handler)
        for path, handler in exposed().items()
    ]
    queries = [QueryEndpoint(engine, asked) for asked in QUERIES.values()]
    own: list[Endpoint] = [
        BasketEndpoint(engine),
        CashierEndpoint(engine, ports),
        ImportEndpoint(engine),
        PictureEndpoint(engine, ports),
        TokenEndpoint(engine, sign_in),
    ]
    return [*commands, *queries, *own]

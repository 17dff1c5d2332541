"""The command `jishi`: serve, demo, audit, simulate, migrate, openapi, party, key and operator."""

import argparse
import asyncio
import contextlib
import sys
from collections.abc import Coroutine, Sequence
from typing import Any

import msgspec

from jishi import __version__, commands
from jishi.kernel.refused import Refused
from jishi.kernel.roles import OPERATOR_DUTIES
from jishi.logs import set_up_logs
from jishi.settings import BadSetting, Settings, read_settings
from jishi.store.errors import SecondEngine, Transient
from jishi.store.revisions import NewerDatabase

EXPECTED = (
    BadSetting,
    SecondEngine,
    NewerDatabase,
    Transient,
    Refused,
    commands.CannotRun,
    FileNotFoundError,
    ValueError,
)


def parser() -> argparse.ArgumentParser:
    """All commands with their options."""
    top = argparse.ArgumentParser(prog="jishi", description="Jishi turns a social app into a market.")
    top.add_argument("--version", action="version", version=f"jishi {__version__}")
    under = top.add_subparsers(dest="command", required=True, metavar="COMMAND")
    whole = argparse.ArgumentParser(add_help=False)
    whole.add_argument("--db", help="sqlite:///relative, sqlite:////absolute or postgresql://…")

    def add(name: str, told: str, **more) -> argparse.ArgumentParser:
        return under.add_parser(name, help=told, description=told, parents=[whole], **more)

    for name, told in (("serve", "Run the server."), ("demo", "Run the server with the simulated demo world.")):
        command = add(name, told)
        command.add_argument("--port", type=int, help="port to listen on")
        command.add_argument("--host", help="address to listen on")
        if name == "demo":
            command.add_argument("--reset", action="store_true", help="start over: removes the demo database")
    command = add("audit", "Check a database from its tables alone; exits with 1 when anything is wrong.")
    command.add_argument("--json", action="store_true", help="print {checks, violations} as the last line")
    command = add("simulate", "Run random markets with faults; one seed is one run.")
    command.add_argument("--seeds", type=int, default=10)
    command.add_argument("--steps", type=int, default=200)
    command.add_argument("--first-seed", type=int, default=0)
    command.add_argument("--json", action="store_true", help="print {seeds, steps, commands, faults, violations} last")
    add("migrate", "Bring a database to this version's tables.")
    add("openapi", "Print the API's OpenAPI 3.1 document.")
    command = add("party", "Export or erase what is kept of a person.")
    command.add_argument("what", choices=("export", "erase"))
    command.add_argument("party", help="the party's public id")
    command = add("key", "Make a key for a program; its secret is shown once.")
    command.add_argument("name", help="what it is for")
    scopes = "comma-separated: act_for, operate (act for operators too), read, webhooks"
    command.add_argument("--scopes", default="act_for,read", help=scopes)
    command = add("operator", "Give a party duties of the platform.")
    command.add_argument("party", help="the party's public id")
    duties = f"comma-separated, of {', '.join(OPERATOR_DUTIES)}; empty takes them away"
    command.add_argument("--duties", type=duties_of, default="review,judge,books,manage", help=duties)
    return top


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; returns the exit code."""
    given = parser().parse_args(arguments)
    try:
        settings = read_settings(
            {"db": given.db, "port": getattr(given, "port", None), "host": getattr(given, "host", None)}
        )
        set_up_logs(settings.log_level)
        return run(given, settings)
    except EXPECTED as error:
        print(f"jishi {given.command}: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130


def run(given: argparse.Namespace, settings: Settings) -> int:
    """The command itself."""
    match given.command:
        case "serve":
            return commands.serve(settings)
        case "demo":
            return commands.demo(settings, given.reset)
        case "audit":
            return commands.audit(settings, given.json)
        case "simulate":
            return commands.simulate(given)
        case "migrate":
            return commands.migrate(settings)
        case "openapi":
            return commands.openapi()
        case "party" if given.what == "export":
            return show(commands.export(settings, given.party))
        case _:
            return show(commands.ask_office(settings, asked_of(given)))


def asked_of(given: argparse.Namespace) -> dict[str, Any]:
    """What the office is asked for."""
    match given.command:
        case "party":
            return {"do": "erase", "party": given.party}
        case "key":
            return {"do": "key", "name": given.name, "scopes": listed(given.scopes)}
        case _:
            return {"do": "operator", "party": given.party, "duties": given.duties}


def listed(text: str) -> list[str]:
    """Comma-separated words."""
    return [word.strip() for word in text.split(",") if word.strip()]


def duties_of(text: str) -> list[str]:
    """Duties of the platform, each of them known."""
    duties = listed(text)
    if unknown := [duty for duty in duties if duty not in OPERATOR_DUTIES]:
        told = f"there is no duty {', '.join(unknown)}; choose from {', '.join(OPERATOR_DUTIES)}"
        raise argparse.ArgumentTypeError(told)
    return duties


def show(work: Coroutine[Any, Any, dict[str, Any]]) -> int:
    """Print what it tells as JSON; 1 when it tells of an error, with the sentence that says what to do next."""
    told = asyncio.run(work)
    if "error" in told:
        print(f"jishi: {commands.sentence(told['error'])}", file=sys.stderr)
        return 1
    with contextlib.suppress(BrokenPipeError):
        print(msgspec.json.format(msgspec.json.encode(told)).decode())
    return 0

"""The control socket: how the command line asks a running server to do what only its engine may."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import msgspec
import structlog

from jishi.kernel.refused import Refused
from jishi.settings import Settings

log = structlog.get_logger("jishi.control")
LINE_MOST = 65_536
ANSWER_WITHIN_S = 120
Do = Callable[[dict[str, Any]], Awaitable[dict[str, Any]]]


def socket_of(settings: Settings) -> Path:
    """Where the socket lies; only its owner may use it."""
    return settings.path / "jishi.sock"


@contextlib.asynccontextmanager
async def listening(settings: Settings, do: Do):
    """Answer one JSON line per connection while the block runs."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            asked = msgspec.json.decode(await reader.readline())
            told = await do(asked)
        except Refused as refused:
            told = {"error": refused.code}
        except (msgspec.DecodeError, ValueError) as error:
            told = {"error": f"not understood: {error}"}
        except Exception as error:
            log.error("control_failed", exc_info=error)
            told = {"error": "it went wrong inside the server; see its log"}
        with contextlib.suppress(ConnectionError):
            writer.write(msgspec.json.encode(told) + b"\n")
            await writer.drain()
        writer.close()

    path = socket_of(settings)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    server = await asyncio.start_unix_server(answer, path, limit=LINE_MOST)
    path.chmod(0o600)
    try:
        yield
    finally:
        server.close()
        path.unlink(missing_ok=True)


async def ask_server(settings: Settings, asked: dict[str, Any]) -> dict[str, Any] | None:
    """Ask the running server; None when there is none."""
    try:
        reader, writer = await asyncio.open_unix_connection(socket_of(settings))
    except (FileNotFoundError, ConnectionRefusedError):
        return None
    writer.write(msgspec.json.encode(asked) + b"\n")
    await writer.drain()
    line = await asyncio.wait_for(reader.readline(), ANSWER_WITHIN_S)
    writer.close()
    return msgspec.json.decode(line)

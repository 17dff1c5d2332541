"""The demo: a database marked as demo, the local payment provider in a process of its own, the demo world, then the
server.
"""

import asyncio
import contextlib
import os
import secrets
import shutil
import socket
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx
from msgspec.structs import replace

from jishi.demo.deals import begin_deals
from jishi.demo.load import load_world, moved_in
from jishi.demo.talk import begin_talk, show_cards
from jishi.settings import Settings
from jishi.store import Meta, from_nothing, migrate, open_database

PROVIDER_START_S, PROVIDER_STOP_S = 20.0, 5.0
KEPT_BESIDE = (
    "provider.sqlite", "provider.sqlite-wal", "provider.sqlite-shm", "provider.sqlite.key.pem", "provider.secret"
)  # fmt: skip


class NotDemo(Exception):
    """A database that was not made as a demo is never used as one."""


def say(text: str) -> None:
    """Tell how far it is."""
    print(f"  {text}", flush=True)


async def run(settings: Settings, reset: bool, serve: Callable[..., Awaitable[None]], control: Callable) -> None:
    """Make or reuse the demo database, start the provider, serve until stopped, stop the provider."""
    if reset:
        await start_over(settings)
    await mark(settings)
    settings = provided(settings)
    async with provider(settings):
        await serve(settings, control, world_in)


async def mark(settings: Settings) -> None:
    """Mark a database as demo at its creation; refuse one that was there before and was made as something else."""
    fresh = from_nothing(await migrate(settings.db))
    database = await open_database(settings.db)
    try:
        if await database.read(Meta, "WHERE key = 'demo' AND value = '1'"):
            return
        if not fresh:
            raise NotDemo("This database was not made as a demo. Name another one, or run `jishi serve` on it.")
        session = await database.session()
        await session.begin()
        await session.insert(Meta, [Meta("demo", "1")])
        await session.commit()
    finally:
        await database.close()


async def start_over(settings: Settings) -> None:
    """Remove a demo database and what the demo keeps beside it; refuse to remove anything else."""
    if not settings.db.startswith("sqlite:"):
        raise NotDemo("--reset works on SQLite files. On PostgreSQL drop and create the database yourself.")
    file = settings.db.removeprefix("sqlite:///")
    if there(file):
        database = await open_database(settings.db)
        try:
            demo = await database.read(Meta, "WHERE key = 'demo'")
        finally:
            await database.close()
        if not demo:
            raise NotDemo(f"{file} was not made as a demo, and is not removed.")
    remove([f"{file}{tail}" for tail in ("", "-wal", "-shm", ".lock")] + [settings.path / name for name in KEPT_BESIDE])
    shutil.rmtree(settings.path / "files", ignore_errors=True)


def there(file: str) -> bool:
    """Whether a file is there."""
    return Path(file).exists()


def remove(files: list[str | Path]) -> None:
    """Remove those of the files that are there."""
    for file in files:
        Path(file).unlink(missing_ok=True)


def provided(settings: Settings) -> Settings:
    """The settings with the local provider's address and secret."""
    port = settings.provider_port or free_port(settings.port + 1, settings.host)
    secret_file = settings.path / "provider.secret"
    secret_file.parent.mkdir(parents=True, exist_ok=True)
    if not secret_file.exists():
        with open(os.open(secret_file, os.O_CREAT | os.O_WRONLY, 0o600), "w", encoding="ascii") as file:
            file.write(secrets.token_hex(24))
    url = f"http://{settings.host}:{port}"
    return replace(settings, provider_url=url, provider_port=port, provider_secret_file=str(secret_file))


def free_port(first: int, host: str = "127.0.0.1") -> int:
    """The first free port from here on; one whose last connections are still dying out is free, as for the provider."""
    for port in range(first, min(first + 50, 65_536)):
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, port))
            return port
    raise NotDemo(f"No port is free near {first} for the local payment provider. Set JISHI_PROVIDER_PORT.")


@contextlib.asynccontextmanager
async def provider(settings: Settings):
    """The local payment provider, in its own process, while the block runs."""
    command = [
        sys.executable, "-m", "jishi.provider", "--port", str(settings.provider_port), "--host", settings.host,
        "--file", str(settings.path / "provider.sqlite"), "--secret-file", settings.provider_secret_file,
        "--merchant", settings.provider_merchant, "--notify-url", f"{settings.own_url}/hooks/pay", "--stop-with-stdin",
    ]  # fmt: skip
    process = await asyncio.create_subprocess_exec(*command, stdin=asyncio.subprocess.PIPE, start_new_session=True)
    try:
        await answering(settings.provider_url, process)
        say(f"sandbox payment provider at {settings.provider_url}")
        yield
    finally:
        if process.returncode is None:
            process.terminate()
        try:
            async with asyncio.timeout(PROVIDER_STOP_S):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()


async def answering(url: str, process: asyncio.subprocess.Process) -> None:
    """Wait until the provider answers."""
    async with httpx.AsyncClient(trust_env=False, timeout=1) as client:
        for _ in range(int(PROVIDER_START_S / 0.1)):
            if process.returncode is not None:
                break
            with contextlib.suppress(httpx.TransportError):
                if (await client.get(f"{url}/healthz")).is_success:
                    return
            await asyncio.sleep(0.1)
    raise NotDemo("The local payment provider did not start; see what it said above.")


async def begin(house: Any) -> None:
    """Talk first, then deals, then the cards that show them."""
    await begin_talk(house.engine)
    await begin_deals(house.engine, house.pay)
    await show_cards(house.engine)


@contextlib.asynccontextmanager
async def world_in(house: Any):
    """The demo world in the database; then some deals begin by themselves, once."""
    if not await moved_in(house.engine):
        print("The demo world moves in.", flush=True)
        await load_world(house.engine, house.files, say)
    task = asyncio.get_running_loop().create_task(begin(house), name="deals")
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

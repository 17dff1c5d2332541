"""A real `jishi serve` on a seeded database, to be killed and started again on the same port."""

import os
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path
from typing import NamedTuple

from jishi.engine.engine import Engine, EngineOptions
from jishi.engine.sign_in import SignIn
from jishi.kernel.apps import MakeKey
from jishi.kernel.grammar import Principal, system
from jishi.kernel.ids import public_id, read_id
from jishi.kernel.owners import PLATFORM
from jishi.store import migrate, open_database
from tests.support.market import Market
from tests.support.ports import free_port
from tests.support.provider_process import ROOT

START_TRIES = 600
BUYERS = 40


class Buyer(NamedTuple):
    """A token and an address, as they stand in requests."""

    token: str
    address: str


class Seeded(NamedTuple):
    """What a load needs: who buys, and what."""

    buyers: list[Buyer]
    skus: list[str]
    price_minor: int


async def seed(url: str) -> Seeded:
    """A shop with plenty of stock, and people with addresses and tokens."""
    await migrate(url)
    engine = await Engine.open(await open_database(url), EngineOptions(pumps=False))
    try:
        market = Market(engine, engine.world.clock)
        stall = await market.shop()
        skus = [await market.goods(stall, 9_900, stock=1_000_000) for _ in range(5)]
        key = read_id((await market.do(MakeKey(PLATFORM, "load", ("act_for",)), system("job")))["key"])[1]
        program, sign_in = Principal("app", key, owner=PLATFORM), SignIn(engine)
        people = [await market.person() for _ in range(BUYERS)]
        buyers = [
            Buyer(sign_in.party_token(who.id, program), public_id(who.id, await market.address(who))) for who in people
        ]
        return Seeded(buyers, [public_id(stall.shop, sku) for sku in skus], 9_900)
    finally:
        await engine.stop()


class Serving:
    """Start, kill -9 or stop, as often as wished."""

    def __init__(self, url: str, folder: Path):
        self.url, self.folder, self.port = url, folder, free_port()
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start and wait until it takes work."""
        settings = {"JISHI_FOLDER": str(self.folder), "PYTHONPATH": str(ROOT), "JISHI_RATE_PARTY_PER_S": "100000",
                    "JISHI_RATE_PARTY_BURST": "100000"}  # fmt: skip
        command = [sys.executable, "-m", "jishi", "serve", "--db", self.url, "--port", str(self.port)]
        with (self.folder / "serve.log").open("ab") as log:
            self.process = subprocess.Popen(command, cwd=self.folder, stdout=log, stderr=log, env=os.environ | settings)
        for _ in range(START_TRIES):
            assert self.process.poll() is None, (self.folder / "serve.log").read_text()
            try:
                with urllib.request.urlopen(f"{self.origin}/readyz", timeout=2):
                    return
            except (urllib.error.URLError, ConnectionError, TimeoutError):
                try:
                    self.process.wait(0.05)
                except subprocess.TimeoutExpired:
                    continue
        raise AssertionError("the server did not become ready:\n" + (self.folder / "serve.log").read_text())

    def kill9(self) -> None:
        """As a power cut would."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(10)

    def stop(self) -> None:
        """Politely, with a clean exit."""
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(10) == 0

"""A card reaches a conversation with two hundred people connected: from its POST until the last of them has it.

`python -m bench.chat [readers]` prints p50, p99 and the slowest, in ms; `card_to_all` is for other code.
"""

import asyncio
import http.client
import json
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

from bench.machine import percentile
from bench.served import Served, serving
from bench.world import Size, build
from jishi.engine.engine import Engine, EngineOptions
from jishi.engine.sessions import Sessions
from jishi.engine.sign_in import SignIn
from jishi.kernel.grammar import Principal
from jishi.kernel.ids import derived_id, public_id, public_owner
from jishi.scenes.friends import AskFriend, friend_parts
from jishi.scenes.messages import SendText
from jishi.scenes.rooms import INVITED_MOST, Invite, OpenGroup, invited
from jishi.store import open_database
from jishi.web.session import cookie_name
from tools.catalogues import compile_stale

READERS, CARDS, LINES = 200, 5, 30
WAIT_S = 20
READ_S = 3  # until everyone has read a card: people do not send one a second


class Place(NamedTuple):
    """The room, who speaks in it, and how everyone signs in."""

    room: int
    sku: str
    token: str
    cookies: list[str]


class Told(NamedTuple):
    """Every reader's wait for every card, in ms."""

    waits_ms: list[float]

    @property
    def figures(self) -> dict[str, float]:
        waits = sorted(self.waits_ms)
        shown = {"p50_ms": percentile(waits, 50), "p99_ms": percentile(waits, 99), "max_ms": waits[-1]}
        return {name: round(value, 1) for name, value in shown.items()}


async def card_to_all(readers: int = READERS, cards: int = CARDS) -> Told:
    """Build the room, start a real server, connect everyone, and send cards one after the other."""
    with tempfile.TemporaryDirectory(prefix="jishi-chat-") as folder:
        url = f"sqlite:///{folder}/jishi.db"
        place = await found(url, readers)
        with serving(url, Path(folder)) as (server,):
            return await measure(server, place, cards)


async def found(url: str, readers: int) -> Place:
    """A group of so many friends, with some words in it; one of them brings cards."""
    market = await build(url, Size(1, 1, readers))
    engine = await Engine.open(await open_database(url), EngineOptions(pumps=False))
    try:
        people = [Principal("party", buyer.party) for buyer in market.buyers]
        founder, others = people[0], people[1:]
        for asks in ([(founder, other) for other in others], [(other, founder) for other in others]):
            await asyncio.gather(*[engine.send(ask(engine, one, other), one) for one, other in asks])
        await engine.settle_down(rounds=10_000)
        room = derived_id("bench", "room")
        first, rest = others[:INVITED_MOST], others[INVITED_MOST:]
        await engine.send(OpenGroup(room, "bench", invited(*[one.id for one in first])), founder)
        for at in range(0, len(rest), INVITED_MOST):
            more = invited(*[one.id for one in rest[at : at + INVITED_MOST]])
            await engine.send(Invite(room, more), founder)
        for n in range(LINES):
            await engine.send(SendText(room, f"simulated words {n}"), people[n % len(people)])
        sign_in, (sku, *_) = SignIn(engine), market.skus[0]
        sessions = Sessions(engine, sign_in)
        cookies = [f"{cookie_name(False)}={await sessions.open(one.id, 'bench', 'bench')}" for one in people]
        token = sign_in.party_token(founder.id, market.program)
        return Place(room, public_id(sku.owner, sku.id), token, cookies)
    finally:
        await engine.stop()


def ask(engine: Engine, one: Principal, other: Principal) -> AskFriend:
    return AskFriend(one.id, other.id, engine.world.seal(*friend_parts(other.id)))


class Reader:
    """One page that looks at the room: its stream, and the numbers of the messages it has."""

    def __init__(self) -> None:
        self.got: dict[int, float] = {}
        self.news = asyncio.Event()

    async def run(self, port: int, path: str, cookie: str) -> None:
        """Read frames for as long as the server sends them."""
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=2**22)
        writer.write(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: {cookie}\r\n\r\n".encode())
        try:
            while line := await reader.readline():
                if b'id="m' in line:
                    self.got.setdefault(int(line.split(b'id="m')[1].split(b'"')[0]), time.perf_counter())
                    self.news.set()
        finally:
            writer.close()

    async def has(self, n: int) -> float:
        """When it had message n."""
        while n not in self.got:
            self.news.clear()
            await asyncio.wait_for(self.news.wait(), WAIT_S)
        return self.got[n]


async def measure(server: Served, place: Place, cards: int) -> Told:
    """Everyone connects and sees the last line; then each card is timed until all have it."""
    path = f"/chats/{public_owner(place.room)}/live"
    readers = [Reader() for _ in place.cookies]
    tasks = [
        asyncio.create_task(reader.run(server.port, path, cookie))
        for reader, cookie in zip(readers, place.cookies, strict=True)
    ]
    waits = []
    try:
        await asyncio.gather(*[reader.has(LINES) for reader in readers])
        for n in range(LINES + 1, LINES + 1 + cards):
            if waits:
                await asyncio.sleep(READ_S)
            began = time.perf_counter()
            sent = await asyncio.to_thread(send_card, server.port, place)
            assert sent["n"] == n, sent
            waits += [(at - began) * 1000 for at in await asyncio.gather(*[reader.has(n) for reader in readers])]
        return Told(waits)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def send_card(port: int, place: Place) -> dict:
    """The founder's product card, through the API."""
    body = json.dumps({"room": public_owner(place.room), "kind": "product", "sku": place.sku})
    headers = {"content-type": "application/json", "authorization": f"Bearer {place.token}"}
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=WAIT_S)
    try:
        connection.request("POST", "/v1/messages/send-card", body, headers)
        answer = connection.getresponse()
        told = json.loads(answer.read())
        assert answer.status == 200, told
        return told
    finally:
        connection.close()


if __name__ == "__main__":
    compile_stale()
    count = int(sys.argv[1]) if len(sys.argv) > 1 else READERS
    print(json.dumps({"readers": count, **asyncio.run(card_to_all(count)).figures}))

"""The pipe between server and writer: whole messages over a socket pair; those of one moment go out together."""

import asyncio
import pickle
import socket
import struct
from collections.abc import Callable
from typing import Any

LENGTH = struct.Struct("!I")


class Pipe(asyncio.Protocol):
    """One end. `heard` gets the messages that came together, `ended` is called once, when the other end is gone.

    Pickled, as both ends are one program: nobody else can write to the pair.
    """

    def __init__(self, heard: Callable[[list], None], ended: Callable[[], None]):
        self.heard, self.ended = heard, ended
        self.loop = asyncio.get_running_loop()
        self.transport: asyncio.Transport | None = None
        self.waiting: list[Any] = []
        self.kept = bytearray()

    @classmethod
    async def over(cls, end: socket.socket, heard: Callable[[list], None], ended: Callable[[], None]) -> "Pipe":
        """Speak over this end of a pair."""
        pipe = cls(heard, ended)
        await pipe.loop.create_connection(lambda: pipe, sock=end)
        return pipe

    def say(self, message: Any) -> None:
        """Send a message with whatever else is said before the loop's next round."""
        if not self.waiting:
            self.loop.call_soon(self.flush)
        self.waiting.append(message)

    def flush(self) -> None:
        """Send what waits; to nobody, when the other end is gone."""
        messages, self.waiting = self.waiting, []
        if messages and not self.transport.is_closing():
            told = pickle.dumps(messages, pickle.HIGHEST_PROTOCOL)
            self.transport.write(LENGTH.pack(len(told)) + told)

    def close(self) -> None:
        """Send what waits, and say good-bye."""
        self.flush()
        self.transport.close()

    # -- what asyncio calls -----------------------------------------------------------------------

    def connection_made(self, transport: asyncio.Transport) -> None:
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.kept += data
        while len(self.kept) >= LENGTH.size:
            end = LENGTH.size + LENGTH.unpack_from(self.kept)[0]
            if len(self.kept) < end:
                return
            told = bytes(self.kept[LENGTH.size : end])
            del self.kept[:end]
            self.heard(pickle.loads(told))

    def connection_lost(self, error: Exception | None) -> None:
        self.ended()

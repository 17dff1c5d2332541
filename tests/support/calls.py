"""Calls for tests that have no network between them and who answers."""

from jishi.api.wire import Call
from jishi.kernel.refused import require


class HeldCall(Call):
    """A call whose body is here, refused as one from the network is."""

    __slots__ = ("held",)

    def __init__(self, method: str, path: str, query: str = "", headers: dict | None = None, held: bytes = b""):
        super().__init__(method, path, query, headers or {}, "127.0.0.1")
        self.held = held

    async def read(self, most: int) -> bytes:
        declared = self.headers.get("content-length", "0")
        require(max(len(self.held), int(declared) if declared.isdigit() else 0) <= most, "body_too_large")
        return self.held

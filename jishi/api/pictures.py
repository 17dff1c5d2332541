"""`POST /v1/goods/pictures`: a picture as its bytes, encoded anew, stored by its content, shown with its product."""

import asyncio
from typing import Any

from jishi.api.admitting import admit
from jishi.api.endpoints import Endpoint, sent
from jishi.api.outside import Reader
from jishi.api.ports import Ports
from jishi.api.views import encode
from jishi.api.wire import Call, Reply
from jishi.kernel.ids import OwnerId
from jishi.kernel.pictures import AddPicture
from jishi.kernel.refused import Refused
from jishi.kernel.roles import staff
from jishi.kernel.stock import ProductId
from jishi.ports.files import key_of
from jishi.ports.pictures import BYTES_MAX, PictureRefused
from jishi.ports.pictures_pool import cleaned
from jishi.store.query import Query

MAY = staff("goods")
SUFFIX = "webp"


class UploadPicture(Query, frozen=True, kw_only=True):
    """Add a picture to a product: the body is the picture, which is encoded anew and keeps nothing but its look."""

    shop: OwnerId
    product: ProductId


class PictureEndpoint(Endpoint):
    """The same bytes give the same files, so that a repeated upload is the same command."""

    path, roles, summary = "goods/pictures", [MAY.name], UploadPicture.__doc__
    media, bytes_most, limited = ("image/",), BYTES_MAX, "upload"

    def __init__(self, engine: Any, ports: Ports):
        self.engine, self.files = engine, ports.files
        self.reader = Reader(UploadPicture)

    async def admit(self, call: Call) -> None:
        await admit(self, call, MAY)

    async def answer(self, call: Call) -> Reply:
        key, asked = call.idempotency_key(self.engine.fresh_id), call.asked
        try:
            made = await cleaned(call.body)
        except PictureRefused as refused:
            raise refusal(refused.code) from None
        main, thumb = [await self.store(data, call.dry) for data in (made.main, made.thumb)]
        command = AddPicture(asked.shop, asked.product, main, thumb)
        (answer,) = await self.engine.bundle([(command, call.by, key)], dry=call.dry)
        told = {**answer.told, "url": self.files.url(main), "thumb": self.files.url(thumb)}
        return sent(encode(told), key, answer.replayed, call.dry)

    async def store(self, data: bytes, dry: bool) -> str:
        """Store a cleaned picture and return its key; a dry run only says which it would be."""
        return key_of(data, SUFFIX) if dry else await asyncio.to_thread(self.files.put, data, SUFFIX)


def refusal(code: str) -> Refused:
    """The port's "no" as ours."""
    ours = (
        Refused("picture_too_large"),
        Refused("picture_not_a_picture"),
        Refused("picture_too_small"),
        Refused("picture_animated"),
    )
    return next(one for one in ours if one.code == code)

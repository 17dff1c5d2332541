"""Pictures of goods by the key of their file; a key never changes its meaning, so browsers keep them for ever."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route

from jishi.ports.files import FileKeyInvalid, FileMissing
from jishi.web.asking import missing
from jishi.web.assets import CACHE_FOREVER

KINDS = {"webp": "image/webp"}


async def show(request: Request) -> Response:
    """One cleaned picture."""
    key = request.path_params["key"]
    kind = KINDS.get(key.rpartition(".")[2])
    if kind is None:
        missing()
    try:
        path = request.app.state.files.path(key)
    except (FileKeyInvalid, FileMissing):
        missing()
    return FileResponse(path, media_type=kind, headers={"Cache-Control": CACHE_FOREVER})


routes = [Route("/files/{key}", show)]

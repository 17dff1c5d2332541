"""Static files under a build hash in the path, so that browsers may keep them forever."""

from __future__ import annotations

import gzip
import hashlib
import mimetypes
from functools import cache
from pathlib import Path

from starlette.datastructures import Headers
from starlette.responses import FileResponse, Response
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

STATIC = Path(__file__).parent / "static"
CACHE_FOREVER = "public, max-age=31536000, immutable"
PACKED = (".js", ".css", ".svg")

# The system's table of types differs between machines, and a module with a wrong type is not run.
for _extension, _type in ((".js", "text/javascript"), (".css", "text/css"), (".svg", "image/svg+xml")):
    mimetypes.add_type(_type, _extension)


@cache
def build_hash() -> str:
    """The hash of all static files, names and contents; a query string would be lost by module imports."""
    digest = hashlib.sha256()
    for file in sorted(path for path in STATIC.rglob("*") if path.is_file()):
        digest.update(file.relative_to(STATIC).as_posix().encode() + b"\0")
        digest.update(hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()[:12]


@cache
def asset_url(path: str) -> str:
    """The address of a static file: `css/app.css` → `/static/<hash>/css/app.css`; a missing file is a fault."""
    if not (STATIC / path).is_file():
        raise FileNotFoundError(f"no static file {path}")
    return f"/static/{build_hash()}/{path}"


@cache
def packed(file: Path) -> bytes:
    """A file's text, compressed once. Pages are not: what a stranger may write stands there beside our tokens."""
    return gzip.compress(file.read_bytes(), mtime=0)


class _Assets(StaticFiles):
    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        takes_gzip = "gzip" in Headers(scope=scope).get("accept-encoding", "")
        if isinstance(response, FileResponse) and Path(path).suffix in PACKED and takes_gzip:
            response = Response(packed(Path(response.path)), media_type=response.media_type)
            response.headers["Content-Encoding"] = "gzip"
        response.headers["Cache-Control"] = CACHE_FOREVER
        response.headers["Vary"] = "Accept-Encoding"
        return response


def assets_route() -> Mount:
    """The mount that serves them."""
    return Mount(f"/static/{build_hash()}", _Assets(directory=STATIC), name="static")

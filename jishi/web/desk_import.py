"""The shop's import of goods: a CSV file is looked through first; every fault is shown with its place, then it is run.
"""

from __future__ import annotations

from importlib.resources import files
from typing import Any

from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from jishi.api.imports import fault_of
from jishi.engine.imports import Result, import_goods
from jishi.kernel.freight import FreightTemplate
from jishi.kernel.ids import public_id
from jishi.store.query import under
from jishi.web.asking import database_of, engine_of, language_of, me
from jishi.web.desk import desk_context, shop_of
from jishi.web.rendering import page
from jishi.web.saying import gettext_of

KEPT_MOST = 500_000  # characters that a page carries over from looking to running; a larger file is chosen again
SHOWN_MOST = 100
EXAMPLE = files("jishi") / "demo" / "data" / "import-example.csv"


async def show(request: Request) -> Response:
    """The form."""
    return await _page(request, shop_of(request, "goods"))


async def take(request: Request) -> Response:
    """Look a file through, or draft its products. With any fault nothing is drafted; run again, nothing comes twice."""
    shop = shop_of(request, "goods")
    async with request.form() as form:
        file, pasted, run = form.get("file"), form.get("sheet"), form.get("action") == "run"
        sheet = await file.read() if isinstance(file, UploadFile) else b""
    sheet = sheet or (pasted.replace("\r\n", "\n").encode() if isinstance(pasted, str) else b"")
    result = await import_goods(engine_of(request), shop, sheet, me(request), dry_run=not run)
    return await _page(request, shop, sheet, result, run)


async def example(request: Request) -> Response:
    """A file that is right for this shop, with its own freight; marked as UTF-8, so that spreadsheets open it well."""
    shop = shop_of(request, "goods")
    freights = await under(database_of(request), FreightTemplate, (shop,))
    sheet = EXAMPLE.read_text("utf-8")
    if freights:
        sheet = sheet.replace(",standard,", f",{freights[0].code or public_id(shop, freights[0].id)},")
    headers = {"content-disposition": 'attachment; filename="goods.csv"'}
    return Response("\ufeff" + sheet, media_type="text/csv; charset=utf-8", headers=headers)


async def _page(
    request: Request, shop: int, sheet: bytes = b"", result: Result | None = None, run: bool = False
) -> Response:
    text = sheet.decode("utf-8", "replace")
    wrong = faults(request, result) if result and result.problems else None
    kept = text if len(text) <= KEPT_MOST else ""
    context = {"result": result, "faults": wrong, "run": run, "sheet": kept}
    status = 422 if wrong else 200
    return page(request, "merchant/import.html", context | await desk_context(request, shop), status=status)


def faults(request: Request, result: Result) -> dict[str, Any]:
    """What is wrong, as the columns and rows of a table."""
    gettext, language = gettext_of(request), language_of(request)
    columns = [
        {"key": "line", "label": gettext("Line of the file"), "kind": "number"},
        {"key": "column", "label": gettext("Column"), "kind": "text"},
        {"key": "detail", "label": gettext("What is wrong"), "kind": "text"},
    ]
    told = [fault_of(problem, language) for problem in result.problems[:SHOWN_MOST]]
    rows = [{"line": one.line or None, "column": one.column or None, "detail": one.detail} for one in told]
    return {"columns": columns, "rows": rows, "left": len(result.problems) - len(told)}


routes = [
    Route("/desk/{shop}/goods/import", show),
    Route("/desk/{shop}/goods/import", take, methods=["POST"]),
    Route("/desk/{shop}/goods/import/example.csv", example),
]

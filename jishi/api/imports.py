"""`POST /v1/goods/import`: a shop's goods as a CSV file; every fault is told with its place and a sentence."""

from typing import Any

import msgspec

from jishi.api.admitting import admit
from jishi.api.endpoints import APPLIED, Endpoint
from jishi.api.errors import codes
from jishi.api.outside import Reader
from jishi.api.wire import Call, Reply
from jishi.engine.imports import import_goods, sentences
from jishi.kernel.ids import OwnerId
from jishi.kernel.import_csv import Problem
from jishi.kernel.roles import staff
from jishi.store.query import Query

MAY = staff("goods")
SHEET_BYTES_MOST = 2 * 1024 * 1024  # our default


class ImportGoods(Query, frozen=True, kw_only=True):
    """Draft the goods of a CSV file, one line per SKU: nothing if there is a fault in it, and nothing twice."""

    shop: OwnerId


class Fault(msgspec.Struct, frozen=True):
    """One fault. line: 1 is the head, 0 the whole file; column: "" for the whole line; detail: what to do about it."""

    line: int
    column: str
    code: str
    detail: str


class Imported(msgspec.Struct, frozen=True):
    """products, skus: what the file has that was not there before. drafted: how many products this call has drafted.

    before: products that an earlier call with the same file has drafted.
    """

    products: int
    skus: int
    drafted: int
    before: int
    problems: list[Fault]


class ImportEndpoint(Endpoint):
    """The file's own content keeps it from being imported twice."""

    path, roles, summary = "goods/import", [MAY.name], ImportGoods.__doc__
    media, bytes_most, limited, keyed, shown = ("text/csv",), SHEET_BYTES_MOST, "upload", False, Imported

    def __init__(self, engine: Any):
        self.engine = engine
        self.reader = Reader(ImportGoods)

    async def admit(self, call: Call) -> None:
        await admit(self, call, MAY)

    async def answer(self, call: Call) -> Reply:
        result = await import_goods(self.engine, call.asked.shop, call.body, call.by, call.dry)
        drafted = 0 if call.dry or result.problems else result.products
        faults = [fault_of(problem, call.language) for problem in result.problems]
        told = Imported(result.products, result.skus, drafted, result.before, faults)
        return Reply(200, msgspec.json.encode(told), (APPLIED,) if call.dry else ())


def fault_of(problem: Problem, language: str) -> Fault:
    """A fault with its sentence: the file's own, or the market's and what to do next."""
    own = sentences().get(problem.code)
    if own:
        return Fault(problem.line, problem.column, problem.code, own[language])
    space = " " if language == "en" else ""
    return Fault(problem.line, problem.column, problem.code, space.join(codes()[problem.code].words[language]))

"""Importing a shop's goods from a CSV file: first what would happen, then product by product, and never twice."""

import asyncio
import hashlib
import tomllib
from collections.abc import Callable
from functools import cache
from importlib.resources import files
from typing import NamedTuple

from jishi.engine.engine import Engine
from jishi.kernel.freight import FreightTemplate
from jishi.kernel.grammar import Principal
from jishi.kernel.ids import public_id
from jishi.kernel.import_csv import PROBLEMS_MOST, Draft, Parsed, Problem, parse
from jishi.kernel.owners import LogRow
from jishi.kernel.refused import Refused
from jishi.kernel.stock import Sku

AT_ONCE = 8
# A refusal of the whole draft, and the column that it speaks of.
COLUMN = {
    "category_unknown": "category",
    "category_no_gift": "giftable",
    "promoter_rate_too_high": "promoter_ppm",
    "freight_unknown": "freight",
    "sku_twice": "sku_code",
    "sku_code_taken": "sku_code",
    "id_reused": "product_code",
}
NOT_HERE = ("forbidden", "not_found")  # it is the sender or the shop that is wrong, not the file


class Result(NamedTuple):
    """What an import did, or in a dry run would do. before: products that an earlier run of the same file has drafted.

    With problems nothing was drafted.
    """

    products: int
    skus: int
    before: int
    problems: list[Problem]


@cache
def sentences() -> dict[str, dict[str, str]]:
    """What to tell of each problem that is the file's own: code -> language -> sentence."""
    return tomllib.loads((files("jishi") / "data" / "import_problems.toml").read_text("utf8"))


async def import_goods(
    engine: Engine,
    shop: int,
    sheet: bytes | str,
    by: Principal,
    dry_run: bool,
    progress: Callable[[int, int], None] | None = None,
) -> Result:
    """Draft the products of a file. Run again after a break it goes on where it was; with any fault it does nothing.

    progress: hears of (products drafted, products in all). Raises Refused `forbidden` and `not_found`, and Busy.
    """
    parsed = await read(engine, shop, sheet)
    ids = command_ids(shop, sheet, parsed)
    done = await drafted_before(engine, shop, by, ids)
    fresh = [draft for draft in parsed.drafts if ids[draft.code] not in done]
    problems = parsed.problems + await codes_taken(engine, shop, fresh)
    problems += await refusals(engine, fresh, by)
    skus = sum(len(draft.command.skus) for draft in fresh)
    if problems or dry_run:
        return Result(len(fresh), skus, len(done), sorted(set(problems))[:PROBLEMS_MOST])
    for place, draft in enumerate(fresh, 1):
        await engine.send(draft.command, by, ids[draft.code])
        if progress:
            progress(place, len(fresh))
    return Result(len(fresh), skus, len(done), [])


async def read(engine: Engine, shop: int, sheet: bytes | str) -> Parsed:
    """Parse the file with the shop's freight templates, by their code or their public id."""
    rows = await engine.database.read(FreightTemplate, "WHERE owner = :shop", shop=shop)
    names = {row.code: row.id for row in rows} | {public_id(shop, row.id): row.id for row in rows}
    return await asyncio.to_thread(parse, sheet, shop, names)


def command_ids(shop: int, sheet: bytes | str, parsed: Parsed) -> dict[str, str]:
    """A command id for each product: the same whenever this file is imported into this shop."""
    file = hashlib.sha256(sheet if isinstance(sheet, bytes) else sheet.encode("utf-8", "replace")).hexdigest()
    told = {draft.code: f"{shop}\0{draft.code}\0{file}" for draft in parsed.drafts}
    return {code: f"import.{hashlib.sha256(text.encode()).hexdigest()[:32]}" for code, text in told.items()}


async def drafted_before(engine: Engine, shop: int, by: Principal, ids: dict[str, str]) -> set[str]:
    """Which of these commands were accepted before."""
    tail = "WHERE owner = :shop AND principal = :by AND command_id IN (:ids*)"
    rows = await engine.database.read(LogRow, tail, shop=shop, by=by.label, ids=list(ids.values()))
    return {row.command_id for row in rows}


async def codes_taken(engine: Engine, shop: int, drafts: list[Draft]) -> list[Problem]:
    """SKU codes that the shop uses already, perhaps because a colleague has imported the same goods."""
    codes = [sku.code for draft in drafts for sku in draft.command.skus]
    rows = await engine.database.read(Sku, "WHERE owner = :shop AND code IN (:codes*)", shop=shop, codes=codes)
    taken = {row.code for row in rows}
    return [
        Problem(line, "sku_code", "sku_code_taken")
        for draft in drafts
        for line, sku in zip(draft.lines, draft.command.skus, strict=True)
        if sku.code in taken
    ]


async def refusals(engine: Engine, drafts: list[Draft], by: Principal) -> list[Problem]:
    """What the market would refuse, asked for as a dry run of each product."""
    found: list[Problem] = []
    for start in range(0, len(drafts), AT_ONCE):
        asked = [would(engine, draft, by) for draft in drafts[start : start + AT_ONCE]]
        found += [problem for problem in await asyncio.gather(*asked) if problem]
    return found


async def would(engine: Engine, draft: Draft, by: Principal) -> Problem | None:
    """Why a product would be refused; None when it would not."""
    try:
        await engine.bundle([(draft.command, by, engine.fresh_id())], dry=True)
    except Refused as refused:
        if refused.code in NOT_HERE:
            raise
        return Problem(draft.lines[0], COLUMN.get(refused.code, ""), refused.code)
    return None

"""A shop brings its goods as a CSV file: first it is told what would happen, then it happens, and once only."""

import re
from importlib.resources import files

import msgspec
import pytest

from jishi.engine.imports import import_goods, sentences
from jishi.kernel.catalog import DraftProduct, Product, ProductText
from jishi.kernel.freight import Rate, SaveFreight
from jishi.kernel.import_csv import PROBLEMS_MOST, parse
from jishi.kernel.refused import Refused
from jishi.kernel.roles import DUTIES
from jishi.kernel.shops import SetDuties
from jishi.kernel.stock import Sku
from tests.support.market import open_market

pytestmark = pytest.mark.anyio
EXAMPLE = (files("jishi") / "demo" / "data" / "import-example.csv").read_bytes()
HEAD, *LINES = EXAMPLE.decode().splitlines()
COLUMNS = HEAD.split(",")
CODE = re.compile(r'"((?:file|rows|line|cells?|column|options?|differs|translation)_[a-z0-9_]+)"')
ROW = dict(zip(COLUMNS, LINES[0].split(","), strict=True))
MORE = dict(zip(COLUMNS, LINES[1].split(","), strict=True))


def sheet(*rows: dict[str, str], head: tuple[str, ...] = tuple(COLUMNS)) -> str:
    return "\n".join([",".join(head), *[",".join(row.get(name, "") for name in head) for row in rows]])


def faults(*rows: dict[str, str], **how) -> list[tuple[int, str, str]]:
    """The problems of a file, as plain tuples."""
    return [tuple(problem) for problem in parse(sheet(*rows, **how), 7, {"standard": 5}).problems]


async def stall_of(market):
    stall = await market.shop()
    rates = (Rate((), 1, 800, 1, 0),)
    await market.do(SaveFreight(stall.shop, "piece", rates, template=stall.freight, code="standard"), stall.keeper)
    return stall


async def test_told_then_done_then_not_again(database_url):
    async with open_market(database_url) as market:
        stall, engine = await stall_of(market), market.engine
        would = await import_goods(engine, stall.shop, EXAMPLE, stall.keeper, True)
        assert would.problems == [] and would.products > 1 and would.skus == len(LINES)
        assert await market.rows(Product) == [] and await market.rows(Sku) == []

        steps = []
        did = await import_goods(engine, stall.shop, EXAMPLE, stall.keeper, False, lambda *at: steps.append(at))
        assert did == would and steps[-1] == (did.products, did.products)
        again = await import_goods(engine, stall.shop, EXAMPLE, stall.keeper, False)
        assert (again.products, again.before, again.problems) == (0, did.products, [])

        products, skus = await market.rows(Product), await market.rows(Sku)
        assert (len(products), len(skus)) == (did.products, did.skus)
        assert {row.state for row in products} == {"draft"}
        assert sum(sku.free for sku in skus) == sum(int(line.split(",")[COLUMNS.index("stock")]) for line in LINES)
        green = await market.row(Sku, code=ROW["sku_code"])
        assert (green.price_minor, green.weight_g, green.options) == (7_800, 150, (0,))
        texts = {row.language: row for row in await market.rows(ProductText, product=green.product)}
        assert texts["en"].title == ROW["title_en"] and texts["zh-Hant"].axes[0].values[0] == ROW["option_zh_hant"]


async def test_it_goes_on_after_a_break_and_colleagues_do_not_double(database_url):
    async with open_market(database_url) as market:
        stall, engine, colleague = await stall_of(market), market.engine, await market.person()
        await market.do(SetDuties(stall.shop, colleague.id, DUTIES), stall.keeper)

        def stop(done: int, _: int) -> None:
            if done == 1:
                raise ConnectionError("the line broke")

        with pytest.raises(ConnectionError):
            await import_goods(engine, stall.shop, EXAMPLE, stall.keeper, False, stop)
        assert len(await market.rows(Product)) == 1
        other = await import_goods(engine, stall.shop, EXAMPLE, colleague, False)
        assert {problem.code for problem in other.problems} == {"sku_code_taken"}
        assert len(await market.rows(Product)) == 1, "with any fault nothing is drafted"
        rest = await import_goods(engine, stall.shop, EXAMPLE, stall.keeper, False)
        assert rest.before == 1 and rest.problems == []
        assert len(await market.rows(Sku)) == len(LINES)


async def test_what_the_market_refuses_is_told_by_line(database_url):
    async with open_market(database_url) as market:
        stall, stranger = await stall_of(market), await market.person()
        ring = ROW | {"product_code": "ring", "sku_code": "ring", "category": "jewellery.ring.silver"}
        none = ROW | {"product_code": "none", "sku_code": "none", "category": "no.such.thing"}
        rate = ROW | {"product_code": "rate", "sku_code": "rate", "promoter_ppm": "500001"}
        way = ROW | {"product_code": "way", "sku_code": "way", "freight": "by.balloon"}
        text = sheet(ROW, MORE, ring, none, rate, way)
        told = await import_goods(market.engine, stall.shop, text, stall.keeper, False)
        assert [tuple(problem) for problem in told.problems] == [
            (4, "giftable", "category_no_gift"),
            (5, "category", "category_unknown"),
            (6, "promoter_ppm", "promoter_rate_too_high"),
            (7, "freight", "freight_unknown"),
        ]
        assert await market.rows(Product) == []
        with pytest.raises(Refused, match="forbidden"):
            await import_goods(market.engine, stall.shop, EXAMPLE, stranger, True)


def test_the_example_is_right_and_fits_the_command():
    parsed = parse(EXAMPLE, 7, {"standard": 5})
    assert parsed.problems == [] and sum(len(draft.lines) for draft in parsed.drafts) == len(LINES)
    for draft in parsed.drafts:
        assert msgspec.convert(msgspec.to_builtins(draft.command), DraftProduct) == draft.command
    for other in (b"\xef\xbb\xbf" + EXAMPLE, EXAMPLE.replace(b"\n", b"\r\n"), EXAMPLE.decode(), EXAMPLE + b"\n\n"):
        assert parse(other, 7, {"standard": 5}).drafts == parsed.drafts


@pytest.mark.parametrize(
    ("column", "cell", "code"),
    [
        ("price_minor", "0", "cell_out_of_range"),
        ("price_minor", "-5", "cell_not_a_number"),
        ("price_minor", "12.5", "cell_not_a_number"),
        ("price_minor", "9" * 15, "cell_out_of_range"),
        ("price_minor", "", "cell_empty"),
        ("stock", "１２", "cell_not_a_number"),
        ("giftable", "perhaps", "cell_not_yes_or_no"),
        ("title_en", "=HYPERLINK(1)", "cell_formula"),
        ("subtitle_en", "@SUM(A1)", "cell_formula"),
        ("title_en", "abc", "cell_length"),
        ("title_en", "x" * 1_001, "cell_too_long"),
        ("title_en", "two\x07bells", "cell_control"),
        ("sku_code", "a b", "cell_not_a_code"),
        ("freight", "by.balloon", "freight_unknown"),
        ("option_en", "", "translation_missing"),
        ("axis_name_en", "", "translation_missing"),
    ],
)
def test_a_wrong_cell_is_named(column, cell, code):
    assert (2, column, code) in faults(ROW | {column: cell})
    assert parse(sheet(ROW | {column: cell}), 7, {"standard": 5}).drafts == []


def test_each_problem_has_a_sentence_in_three_languages():
    """Every code that the reader writes, and no other, is told with what to do."""
    written = set()
    for name in ("kernel/import_csv.py", "engine/imports.py"):
        source = (files("jishi") / name).read_text("utf8")
        written |= set(CODE.findall(source))
    own = {code for code in sentences() if code != "sku_code_taken"}
    assert {code for code in written if code not in COLUMNS} == own
    for told in sentences().values():
        assert set(told) == {"zh-Hans", "zh-Hant", "en"} and all(told.values())


def test_rows_that_do_not_fit_together():
    assert faults(ROW, MORE) == []
    assert faults(ROW, MORE | {"title_en": "Another title"}) == [(3, "title_en", "differs_from_first_line")]
    assert faults(ROW, MORE | {"sku_code": ROW["sku_code"]}) == [(3, "sku_code", "sku_twice")]
    assert faults(ROW, MORE | {"option_en": ROW["option_en"]}) == [(3, "option_en", "option_twice")]
    plain = {name: cell for name, cell in ROW.items() if not name.startswith(("axis", "option"))}
    assert faults(plain) == []
    assert faults(plain, plain | {"sku_code": "second"}) == [(3, "sku_code", "option_missing")]
    options = ("option_zh_hans", "option_zh_hant", "option_en")
    crowd = [ROW | {"sku_code": f"s{n}"} | dict.fromkeys(options, f"{n}") for n in range(51)]
    assert faults(*crowd[:50]) == []
    assert faults(*crowd) == [(2, "product_code", "options_too_many")]


def test_files_that_are_no_such_file():
    def whole(text: bytes | str) -> list[tuple]:
        return [tuple(problem) for problem in parse(text, 7, {}).problems]

    assert whole(b"") == whole("\n\n") == [(0, "", "file_empty")]
    assert whole(HEAD) == [(0, "", "file_empty")]
    assert whole(EXAMPLE.decode().encode("gb18030")) == [(0, "", "file_not_utf8")]
    assert whole(EXAMPLE.decode().encode("utf-16")) == [(0, "", "file_not_utf8")]
    assert whole(b"a" * 5_000_001) == [(0, "", "file_too_large")]
    assert (1, "colour", "column_unknown") in whole(HEAD + ",colour")
    assert (1, "stock", "column_twice") in whole(HEAD + ",stock")
    assert (1, "price_minor", "column_missing") in whole(HEAD.replace("price_minor", "weight_g"))
    assert whole(f"{HEAD}\n{LINES[0]},more") == [(2, "", "cells_too_many")]
    assert (3, "", "cells_too_few") in whole(f"{HEAD}\n{LINES[0]}\nshort,row")
    assert (2, "", "line_malformed") in whole(HEAD + '\n"never closed')
    many = whole(sheet(*[{"product_code": f"p{n}"} for n in range(2_000)]))
    assert len(many) == PROBLEMS_MOST

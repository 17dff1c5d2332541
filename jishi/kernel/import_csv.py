"""A shop's goods as a CSV file, one row per SKU: text to products, and every fault with its line and column.

Columns ending in * exist once per language (`title_zh_hans`, `title_zh_hant`, `title_en`). Rows of one product share
its `product_code` and repeat what is said of the product as a whole.
"""

import csv
import re
from typing import Annotated, Any, NamedTuple

import msgspec
from msgspec import Meta

from jishi.kernel.catalog import Axis, DraftProduct, Option, SkuAsk, Text, Title
from jishi.kernel.money import Code, Positive, Ppm

BYTES_MOST, ROWS_MOST, CELL_MOST, PROBLEMS_MOST = 5_000_000, 5_000, 1_000, 500  # our default
OPTIONS_MOST = 50  # as many as an axis holds
LANGUAGES = {"zh_hans": "zh-Hans", "zh_hant": "zh-Hant", "en": "en"}
Count = Annotated[int, Meta(ge=0, le=1_000_000)]
Grams = Annotated[int, Meta(ge=0, le=10_000_000)]
Flag = Annotated[int, Meta(ge=0, le=1)]
Subtitle = Annotated[str, Meta(max_length=60)]
# column -> its type; what is said of the whole product, then of each SKU
PRODUCT = {"category": Code, "freight": str, "giftable": Flag, "promoter_ppm": Ppm}
SPOKEN = {"title": Title, "subtitle": Subtitle, "axis_name": Option}
SKU = {"sku_code": Code, "price_minor": Positive, "stock": Count, "weight_g": Grams}
NEEDED = ("product_code", "category", "freight", "sku_code", "price_minor", "stock")
ABSENT = {"giftable": 1, "promoter_ppm": 0, "weight_g": 0}
COLUMNS = {"product_code": Code, **PRODUCT, **SKU}
COLUMNS |= {
    f"{stem}_{language}": kind for stem, kind in (SPOKEN | {"option": Option}).items() for language in LANGUAGES
}
WHOLE = (*PRODUCT, *[f"{stem}_{language}" for stem in SPOKEN for language in LANGUAGES])
FORMULA = ("=", "+", "-", "@")  # a spreadsheet that opens an export would run it
LINE = re.compile(r"[^\n]*\n|[^\n]+")
CONTROL = re.compile(r"[\x00-\x1f\x7f]")
NUMBER = re.compile(r"[0-9]{1,15}")


class Problem(NamedTuple):
    """One fault. line: 1 is the head; 0 when it concerns the whole file. column: "" when it concerns the whole line."""

    line: int
    column: str
    code: str


class Draft(NamedTuple):
    """One product as it is to be drafted, and the lines that tell of it."""

    code: str
    lines: tuple[int, ...]
    command: DraftProduct


class Parsed(NamedTuple):
    """All products that are right, and what is wrong, the first faults of many."""

    drafts: list[Draft]
    problems: list[Problem]


class SheetRow(NamedTuple):
    """One line with its cells, read as what they mean; a cell that is wrong is absent."""

    line: int
    cells: dict[str, Any]


def parse(sheet: bytes | str, shop: int, templates: dict[str, int]) -> Parsed:
    """Read a file for a shop. templates: freight templates by what a file may call them."""
    problems: list[Problem] = []
    rows = rows_of(text_of(sheet, problems), problems)
    products: dict[str, list[SheetRow]] = {}
    for row in rows:
        if "product_code" in row.cells:
            products.setdefault(row.cells["product_code"], []).append(row)
    seen: set[str] = set()
    for row in rows:
        code = row.cells.get("sku_code")
        if code in seen:
            problems.append(Problem(row.line, "sku_code", "sku_twice"))
        seen |= {code} - {None}
    wrong = {problem.line for problem in problems}
    drafts = []
    for code, mine in products.items():
        found = [*faults_of(mine)]
        if mine[0].cells.get("freight", "") not in templates:
            found.append(Problem(mine[0].line, "freight", "freight_unknown"))
        problems += found
        if not found and not wrong & {row.line for row in mine}:
            drafts.append(Draft(code, tuple(row.line for row in mine), draft_of(mine, shop, templates)))
    return Parsed(drafts, sorted(set(problems))[:PROBLEMS_MOST])


# -- text to rows -----------------------------------------------------------------------------------


def text_of(sheet: bytes | str, problems: list[Problem]) -> str:
    """The file as text: UTF-8, with or without a byte order mark. Anything else is told, not guessed."""
    if len(sheet) > BYTES_MOST:
        problems.append(Problem(0, "", "file_too_large"))
        return ""
    try:
        text = sheet.decode("utf-8") if isinstance(sheet, bytes) else sheet
    except UnicodeDecodeError:
        problems.append(Problem(0, "", "file_not_utf8"))
        return ""
    return text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")


def rows_of(text: str, problems: list[Problem]) -> list[SheetRow]:
    """The rows under the head, their cells read by column."""
    reader = csv.reader(LINE.findall(text), strict=True)
    rows: list[SheetRow] = []
    head: list[str] = []
    try:
        for cells in reader:
            line = reader.line_num
            if not any(cell.strip() for cell in cells):
                continue
            if not head:
                head = [cell.strip() for cell in cells]
                problems += faults_of_head(head, line)
                if problems:
                    return []
            elif len(cells) != len(head):
                problems.append(Problem(line, "", "cells_too_few" if len(cells) < len(head) else "cells_too_many"))
            elif len(rows) == ROWS_MOST:
                problems.append(Problem(line, "", "rows_too_many"))
                return rows
            else:
                rows.append(row_of(line, dict(zip(head, cells, strict=True)), problems))
    except csv.Error:
        problems.append(Problem(reader.line_num, "", "line_malformed"))
    if not rows and not problems:
        problems.append(Problem(0, "", "file_empty"))
    return rows


def faults_of_head(head: list[str], line: int) -> list[Problem]:
    """Columns that are unknown, told twice or missing."""
    found = [Problem(line, name[:80], "column_unknown") for name in head if name not in COLUMNS]
    found += [Problem(line, name, "column_twice") for name in set(head) if head.count(name) > 1]
    found += [Problem(line, name, "column_missing") for name in NEEDED if name not in head]
    if not any(f"title_{language}" in head for language in LANGUAGES):
        found.append(Problem(line, "title_zh_hans", "column_missing"))
    return found


def row_of(line: int, told: dict[str, str], problems: list[Problem]) -> SheetRow:
    """One line's cells as what they mean."""
    cells = dict(ABSENT)
    for column, text in told.items():
        text = text.strip()
        if not text:
            if column in NEEDED:
                problems.append(Problem(line, column, "cell_empty"))
            continue
        value, fault = cell_of(column, text)
        if fault:
            cells.pop(column, None)
            problems.append(Problem(line, column, fault))
        else:
            cells[column] = value
    return SheetRow(line, cells)


def cell_of(column: str, text: str) -> tuple[Any, str]:
    """(value, "") or (None, code of the fault)."""
    kind = COLUMNS[column]
    if len(text) > CELL_MOST:
        return None, "cell_too_long"
    if CONTROL.search(text):
        return None, "cell_control"
    if kind is Flag:
        return {"yes": (1, ""), "no": (0, "")}.get(text.lower(), (None, "cell_not_yes_or_no"))
    number = kind in (Positive, Ppm, Count, Grams)
    if number and not NUMBER.fullmatch(text):
        return None, "cell_not_a_number"
    if text.startswith(FORMULA):
        return None, "cell_formula"
    try:
        return msgspec.convert(int(text) if number else text, kind), ""
    except msgspec.ValidationError:
        return None, "cell_out_of_range" if number else "cell_not_a_code" if kind is Code else "cell_length"


# -- rows to a product ------------------------------------------------------------------------------


def faults_of(rows: list[SheetRow]) -> list[Problem]:
    """What does not fit together in the rows of one product."""
    first, found = rows[0], []
    for row in rows[1:]:
        found += [
            Problem(row.line, column, "differs_from_first_line")
            for column in WHOLE
            if row.cells.get(column) != first.cells.get(column)
        ]
    if len(rows) > OPTIONS_MOST:
        found.append(Problem(first.line, "product_code", "options_too_many"))
    spoken = languages_of(first)
    if not spoken:
        found.append(Problem(first.line, "title_zh_hans", "cell_empty"))
    found += [problem for language in spoken for problem in faults_of_axis(rows, language)]
    return found


def faults_of_axis(rows: list[SheetRow], language: str) -> list[Problem]:
    """In each language that a product has a title in: the axis has a name, and every SKU another place on it."""
    name, option = f"axis_name_{language}", f"option_{language}"
    if not uses_axis(rows):
        return [Problem(row.line, "sku_code", "option_missing") for row in rows[1:]]
    found = [] if name in rows[0].cells else [Problem(rows[0].line, name, "translation_missing")]
    seen: set[str] = set()
    for row in rows:
        told = row.cells.get(option)
        if told is None:
            found.append(Problem(row.line, option, "translation_missing"))
        elif told in seen:
            found.append(Problem(row.line, option, "option_twice"))
        seen |= {told} - {None}
    return found


def uses_axis(rows: list[SheetRow]) -> bool:
    """Whether the product's SKUs differ by anything that is named."""
    stems = [f"{stem}_{language}" for stem in ("axis_name", "option") for language in LANGUAGES]
    return any(stem in row.cells for row in rows for stem in stems)


def languages_of(row: SheetRow) -> list[str]:
    """The languages a product speaks: those it has a title in."""
    return [language for language in LANGUAGES if f"title_{language}" in row.cells]


def draft_of(rows: list[SheetRow], shop: int, templates: dict[str, int]) -> DraftProduct:
    """The command that drafts a product of these rows."""
    first, axis = rows[0].cells, uses_axis(rows)
    skus = tuple(
        SkuAsk(cells["sku_code"], cells["price_minor"], (place,) if axis else (), cells["weight_g"], cells["stock"])
        for place, (_, cells) in enumerate(rows)
    )
    texts = tuple(text_in(rows, language, axis) for language in languages_of(rows[0]))
    freight = templates[first["freight"]]
    return DraftProduct(shop, first["category"], texts, skus, freight, first["giftable"], first["promoter_ppm"])


def text_in(rows: list[SheetRow], language: str, axis: bool) -> Text:
    """What a product says in one language."""
    first = rows[0].cells
    values = tuple(row.cells[f"option_{language}"] for row in rows) if axis else ()
    axes = (Axis(first[f"axis_name_{language}"], values),) if axis else ()
    return Text(LANGUAGES[language], first[f"title_{language}"], first.get(f"subtitle_{language}", ""), axes=axes)

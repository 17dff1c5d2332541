"""The demo world is whole: every name leads somewhere, every text has three languages, every good its picture."""

import csv
import datetime
import io
import re
import tomllib
from pathlib import Path

import pytest
from PIL import Image, ImageChops, ImageStat

import jishi
from jishi.demo import draw
from jishi.demo.drawing.scene import TINTS
from jishi.demo.load import street_of
from jishi.ports.pictures import clean

ROOT = Path(jishi.__path__[0])
DATA = ROOT / "demo" / "data"
LANGUAGES = {"zh-Hans", "zh-Hant", "en"}
CODE = re.compile(r"[a-z0-9]+(?:[-.][a-z0-9]+)*")


def read(name, folder=DATA):
    return tomllib.loads((folder / f"{name}.toml").read_text(encoding="utf-8"))[name]


CATEGORIES = {
    row["code"]: row
    for row in tomllib.loads((ROOT / "data" / "categories.toml").read_text(encoding="utf-8"))["categories"]
}
LEAVES = {code: row for code, row in CATEGORIES.items() if code.count(".") == 2}
SHOPS = {shop["code"]: shop for shop in read("shops")}
REGIONS = {region["code"] for region in read("regions", ROOT / "data")}
PEOPLE = read("people")
GOODS = list(draw.goods())


def texts(value):
    """Every table of texts by language, however deep."""
    if isinstance(value, dict):
        if "en" in value or "zh-Hans" in value:
            yield value
        else:
            for part in value.values():
                yield from texts(part)
    elif isinstance(value, list):
        for part in value:
            yield from texts(part)


@pytest.mark.parametrize(
    "rows",
    [list(CATEGORIES.values()), list(SHOPS.values()), GOODS, PEOPLE, read("covers"), read("regions", ROOT / "data")],
    ids=["categories", "shops", "goods", "people", "covers", "regions"],
)
def test_every_text_is_there_in_three_languages(rows):
    found = list(texts(rows))
    assert len(found) >= len(rows)
    for text in found:
        assert set(text) == LANGUAGES and all(words.strip() == words != "" for words in text.values()), text
        assert not re.search(r"[\u4e00-\u9fff]", text["en"]), text


def test_codes_are_unique_and_plain():
    lists = (
        [row["code"] for row in read("covers")],
        [person["code"] for person in PEOPLE],
        [good["code"] for good in GOODS],
        [sku["code"] for good in GOODS for sku in good["skus"]],
    )
    for codes in lists:
        assert len(codes) == len(set(codes)) and all(CODE.fullmatch(code) and len(code) <= 60 for code in codes)


def test_the_world_is_as_large_as_promised():
    assert len(SHOPS) == 7 and {shop["kind"] for shop in SHOPS.values()} == {"enterprise", "individual", "person"}
    assert 60 <= len(GOODS) <= 70 and {good["shop"] for good in GOODS} == set(SHOPS)
    assert len(LEAVES) >= 25 and len(REGIONS) == 34


def test_categories_have_parents_and_dated_rules():
    for code, row in CATEGORIES.items():
        parent = code.rpartition(".")[0]
        assert code.count(".") <= 2 and (not parent or parent in CATEGORIES), code
        assert ("rules" in row) == (code in LEAVES), code
    for code, row in LEAVES.items():
        days = [rule["from"] for rule in row["rules"]]
        assert days == sorted(set(days)) and days[0] <= datetime.date(2024, 1, 1), code
        for rule in row["rules"]:
            assert 10_000 <= rule["service_fee_ppm"] <= 50_000 and rule["source"], code
            assert rule["return_window_hours"] == (168 if rule["no_reason_return"] else 0), code


def test_the_exceptions_of_the_law_and_of_gifts_stand_in_the_rules():
    for code, row in LEAVES.items():
        for rule in row["rules"]:
            assert rule["giftable"] != code.startswith(("jewellery.", "education.")), code
            assert rule["no_reason_return"] != code.startswith(("food.fresh.", "education.")), code


def test_shops_ship_by_whole_rules():
    for shop in SHOPS.values():
        assert shop["region"] in REGIONS and 0 <= shop["promoter_ppm"] <= 900_000
        assert set(shop["categories"]) <= set(CATEGORIES)
        for freight in shop["freight"]:
            assert freight["by"] in ("piece", "weight") and freight["gift_dearer"] in ("shop_bears", "excluded")
            named = freight["excluded"] + [code for rule in freight["regions"] for code in rule["codes"]]
            assert set(named) <= REGIONS and len(named) == len(set(named)), shop["code"]
            for rule in [freight["default"], *freight["regions"]]:
                assert rule["first_units"] > 0 and rule["step_units"] > 0
                assert type(rule["first_minor"]) is int and rule["first_minor"] >= 0 <= rule["step_minor"]


@pytest.mark.parametrize("good", GOODS, ids=lambda good: good["code"])
def test_a_good_can_be_listed(good):
    shop = SHOPS[good["shop"]]
    assert (good["category"] in LEAVES and good["category"].rpartition(".")[0] in shop["categories"]) or (
        good["category"] in LEAVES and good["category"].startswith(tuple(f"{code}." for code in shop["categories"]))
    )
    assert good["freight"] == "none" or good["freight"] in {freight["code"] for freight in shop["freight"]}
    assert type(good["giftable"]) is bool and 0 <= good["promoter_ppm"] <= 900_000
    assert all(5 <= len(title) <= 60 for title in good["title"].values())
    assert len(good["subtitle"]["zh-Hans"]) <= 18 and len(good["subtitle"]["en"]) <= 60
    assert not good["giftable"] or LEAVES[good["category"]]["rules"][0]["giftable"]


@pytest.mark.parametrize("good", GOODS, ids=lambda good: good["code"])
def test_its_skus_fill_its_axes(good):
    assert good["skus"]
    offered = [{option["code"] for option in axis["options"]} for axis in good["axes"]]
    chosen = [tuple(sku["options"]) for sku in good["skus"]]
    assert len(chosen) == len(set(chosen))
    for sku in good["skus"]:
        assert len(sku["options"]) == len(offered)
        assert all(option in options for option, options in zip(sku["options"], offered, strict=True))
        assert type(sku["price_minor"]) is int and 0 < sku["price_minor"] <= 1_000_000_000
        assert sku["stock"] > 0 and (sku["weight_g"] > 0) == (good["freight"] != "none")


def test_some_goods_have_two_axes_and_some_can_be_swapped_at_the_same_price():
    assert any(len(good["axes"]) == 2 for good in GOODS)
    same_price = [
        good
        for good in GOODS
        if good["giftable"] and len(good["skus"]) > 1 and len({sku["price_minor"] for sku in good["skus"]}) == 1
    ]
    assert len(same_price) >= 5


@pytest.mark.parametrize(
    ("language", "line"),
    [("zh-Hans", "北京市集市路 3 号"), ("zh-Hant", "北京市集市路 3 號"), ("en", "3 Jishi Road, Beijing")],
)
def test_an_address_is_written_as_its_language_does(language, line):
    address = next(person for person in PEOPLE if person["name"]["en"] == "Wu Yue")["addresses"][0]
    assert street_of({part: address[part][language] for part in ("city", "street")}, language) == line


def test_people_are_simulated_and_nobody_is_real():
    assert {person["role"] for person in PEOPLE} == {"giver", "friend", "promoter", "staff", "operator"}
    assert {person["shop"] for person in PEOPLE if person["role"] == "staff"} == set(SHOPS)
    phones = []
    for person in PEOPLE:
        assert person["simulated"] is True and person["language"] in LANGUAGES
        assert bool(person.get("duties")) == (person["role"] in ("staff", "operator"))
        for address in person.get("addresses", ()):
            assert address["region"] in REGIONS and re.fullmatch(r"\+86 190 0000 00\d\d", address["phone"])
            phones.append(address["phone"])
    assert len(phones) == len(set(phones)) >= 10


def test_the_shipped_pictures_are_those_that_the_script_draws():
    shipped = {place.name for place in (DATA / "pictures").iterdir()}
    assert shipped == draw.names()
    assert {row["code"] for row in read("covers")} == set(draw.covers.COVERS)
    assert sum(place.stat().st_size for place in (DATA / "pictures").iterdir()) < 2_500_000


def test_the_shipped_pictures_have_their_sizes_and_pass_the_gate():
    for place in (DATA / "pictures").iterdir():
        with Image.open(place) as image:
            wanted = (
                (400, 400)
                if place.name.endswith(".thumb.webp")
                else ((800, 500) if place.name.startswith("cover-") else (800, 800))
            )
            assert image.format == "WEBP" and image.size == wanted, place.name
    assert clean((DATA / "pictures" / "longjing-green.webp").read_bytes())[2:] == (800, 800)


def test_a_picture_is_drawn_the_same_each_time_and_resembles_the_shipped_one():
    good = next(good for good in GOODS if good["code"] == "jade-mug")
    first, second = (draw.product(good["code"], good["picture"], scale=1) for _ in range(2))
    assert first.tobytes() == second.tobytes()
    with Image.open(DATA / "pictures" / "jade-mug.webp") as shipped:
        difference = ImageStat.Stat(ImageChops.difference(first, shipped.convert("RGB"))).mean
    assert max(difference) < 6


def test_every_recipe_draws_and_every_picture_names_one():
    used = {good["picture"]["recipe"] for good in GOODS}
    assert used == set(draw.RECIPES)
    assert {good["picture"]["tint"] for good in GOODS} <= set(TINTS)


def test_the_script_writes_what_it_names(tmp_path, capsys):
    assert draw.main([str(tmp_path), "beeswax-candle", "cover-plum"]) == 0
    assert {place.name for place in tmp_path.iterdir()} == {
        "beeswax-candle.webp",
        "beeswax-candle.thumb.webp",
        "cover-plum.webp",
    }
    assert draw.main([]) == 2
    assert "usage" in capsys.readouterr().err


def test_the_import_example_is_safe_in_a_spreadsheet_and_names_known_things():
    rows = list(csv.DictReader(io.StringIO((DATA / "import-example.csv").read_text(encoding="utf-8"))))
    assert len(rows) >= 4 and len({row["sku_code"] for row in rows}) == len(rows)
    for row in rows:
        assert all(cell and cell[0] not in "=+-@\t\r" for cell in row.values()), row
        assert row["category"] in LEAVES and row["giftable"] in ("yes", "no")
        assert int(row["price_minor"]) > 0 < int(row["stock"]) and int(row["weight_g"]) > 0
        assert row["freight"] in {freight["code"] for shop in SHOPS.values() for freight in shop["freight"]}

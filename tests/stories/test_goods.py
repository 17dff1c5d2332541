"""Goods: the SKU matrix, texts that an old order keeps, and what a buyer is told when the shelf is not what he saw."""

import msgspec
import pytest

from jishi.kernel import catalog, pictures
from jishi.kernel.catalog import (
    SKUS_MOST,
    Axis,
    BlockProduct,
    DraftProduct,
    ListProduct,
    PriceSku,
    Product,
    ProductText,
    ReviseProduct,
    SkuAsk,
    Text,
    UnblockProduct,
    WithdrawProduct,
)
from jishi.kernel.freight import Rate, SaveFreight
from jishi.kernel.grammar import GRAMMAR
from jishi.kernel.ids import read_id
from jishi.kernel.orders import Line
from jishi.kernel.pictures import AddPicture, Picture, RemovePicture
from jishi.kernel.placing import LineAsk, PlaceOrder
from jishi.kernel.refused import Differences
from jishi.kernel.stock import Sku
from tests.support.market import open_market

pytestmark = pytest.mark.anyio
COLOUR, SIZE = Axis("颜色", ("红", "蓝")), Axis("尺码", ("小", "大"))
HANS = Text("zh-Hans", "一条试用的围巾", axes=(COLOUR, SIZE))
EN = Text("en", "A scarf to try", axes=(Axis("Colour", ("red", "blue")), Axis("Size", ("small", "large"))))
SKUS = tuple(SkuAsk(f"scarf.{a}{b}", 5_000, (a, b), 100, 3) for a in (0, 1) for b in (0, 1))


def draft(stall, texts=(HANS, EN), skus=SKUS, **product) -> DraftProduct:
    category = product.pop("category", "fashion.accessory.scarf")
    return DraftProduct(stall.shop, category, texts, skus, product.pop("freight", stall.freight), **product)


async def test_the_matrix_is_checked(database_url):
    async with open_market(database_url) as market:
        stall = await market.shop()

        async def code(**wrong) -> str:
            return (await market.refuses(draft(stall, **wrong), stall.keeper)).code

        assert await code(skus=(*SKUS, SkuAsk("more", 1, (0, 0)))) == "sku_twice"
        assert await code(skus=(*SKUS[:3], SkuAsk("scarf.00", 1, (1, 1)))) == "sku_twice"
        assert await code(skus=(SkuAsk("a", 1, (0, 2)),)) == "option_unknown"
        assert await code(skus=(SkuAsk("a", 1, (0,)),)) == "option_unknown"
        assert await code(texts=(HANS, HANS)) == "language_twice"
        assert await code(texts=(HANS, Text("en", "A scarf to try"))) == "option_unknown"
        longer = Axis("Colour", ("red", "blue", "green"))
        assert await code(texts=(HANS, Text("en", "A scarf to try", axes=(longer, EN.axes[1])))) == "axes_differ"
        same = Axis("颜色", ("红", "红"))
        assert await code(texts=(Text("zh-Hans", "一条试用的围巾", axes=(same, SIZE)),)) == "option_twice"
        assert await code(category="fashion.nothing") == "category_unknown"
        assert await code(category="jewellery.ring.silver") == "category_no_gift"
        assert await code(promoter_ppm=500_001) == "promoter_rate_too_high"
        assert await code(freight=12_345) == "freight_unknown"
        assert await market.rows(Product) == [] and await market.rows(Sku) == []
        assert (await market.refuses(draft(stall), await market.person())).code == "forbidden"
        await market.do(draft(stall), stall.keeper)
        assert [(sku.options, sku.free, sku.currency) for sku in await market.rows(Sku)] == [
            (sku.options, 3, "CNY") for sku in SKUS
        ]


async def test_an_old_order_keeps_the_text_it_bought(database_url):
    async with open_market(database_url) as market:
        stall, buyer = await market.shop(), await market.person()
        told = await market.do(draft(stall), stall.keeper)
        product = read_id(told["product"])[1]
        await market.do(ListProduct(stall.shop, product), stall.keeper)
        market.prices |= {sku.id: sku.price_minor for sku in await market.rows(Sku)}
        first = await market.place(stall, buyer, (min(market.prices), 1))

        better = Text("zh-Hans", "一条更好的围巾", "羊绒", axes=(COLOUR, SIZE))
        await market.do(ReviseProduct(stall.shop, product, (better,)), stall.keeper)
        second = await market.place(stall, buyer, (min(market.prices), 1))

        async def title(order: int, language: str) -> str:
            line = await market.row(Line, order=order)
            key = {"product": line.product, "version": line.texts, "language": language}
            return (await market.row(ProductText, **key)).title

        assert await title(first, "zh-Hans") == "一条试用的围巾"
        assert await title(second, "zh-Hans") == "一条更好的围巾"
        assert await title(first, "en") == await title(second, "en") == "A scarf to try"

        fewer = Text("zh-Hans", "一条更好的围巾", axes=(COLOUR,))
        assert (await market.refuses(ReviseProduct(stall.shop, product, (fewer,)), stall.keeper)).code == "axes_differ"


async def test_all_differences_are_told_together(database_url):
    async with open_market(database_url) as market:
        stall, buyer = await market.shop(), await market.person()
        dear, short, gone = [await market.goods(stall, 5_000, 3) for _ in range(3)]
        address = await market.address(buyer)
        await market.do(PriceSku(stall.shop, dear, 5_500), stall.keeper)
        product = (await market.row(Sku, id=gone)).product
        await market.do(WithdrawProduct(stall.shop, product), stall.keeper)

        asked = tuple(LineAsk(sku, 2, 5_000) for sku in (dear, short, gone, short))
        told = await market.refuses(PlaceOrder(stall.shop, asked, address=address), buyer)
        assert isinstance(told, Differences) and told.code == "checkout_differs"
        assert [(one.code, one.facts) for one in told.refusals] == [
            ("price_changed", {"sku": dear, "price_minor": 5_500}),
            ("goods_gone", {"sku": gone}),
            ("stock_short", {"sku": short, "left": 3}),
        ], "the same SKU on two lines counts twice"

        accepted = tuple(
            LineAsk(sku, quantity, price) for sku, quantity, price in ((dear, 2, 5_500), (short, 3, 5_000))
        )
        told = await market.do(PlaceOrder(stall.shop, accepted, address=address), buyer)
        assert (told["goods_minor"], told["freight_minor"]) == (26_000, 800)
        assert (await market.row(Sku, id=short)).held == 3


async def test_freight_that_changed_is_a_difference_too(database_url):
    async with open_market(database_url) as market:
        stall, buyer = await market.shop(), await market.person()
        tea, address = await market.goods(stall), await market.address(buyer)
        shown = PlaceOrder(stall.shop, (LineAsk(tea, 1, 9_900),), address=address, freight_minor=800)
        rates = (Rate((), 1, 1_200, 1, 0),)
        await market.do(SaveFreight(stall.shop, "piece", rates, template=stall.freight), stall.keeper)
        told = await market.refuses(shown, buyer)
        assert (told.code, told.facts) == ("freight_changed", {"freight_minor": 1_200})
        again = PlaceOrder(stall.shop, shown.lines, address=address, freight_minor=1_200)
        assert (await market.do(again, buyer))["total_minor"] == 11_100


async def test_withdrawn_and_listed_again(database_url):
    async with open_market(database_url) as market:
        stall, buyer = await market.shop(), await market.person()
        tea = await market.goods(stall)
        product = (await market.row(Sku, id=tea)).product
        order = await market.place(stall, buyer, (tea, 1))
        await market.do(WithdrawProduct(stall.shop, product), stall.keeper)
        ask = PlaceOrder(stall.shop, (LineAsk(tea, 1, 9_900),), address=await market.address(buyer))
        assert (await market.refuses(ask, buyer)).code == "goods_gone"
        await market.notice(stall, order)
        assert (await market.order(stall, order)).state == "to_ship", "what was ordered before goes on"
        again = WithdrawProduct(stall.shop, product)
        assert (await market.refuses(again, stall.keeper)).code == "state_forbids"
        await market.do(ListProduct(stall.shop, product), stall.keeper)
        await market.do(ask, buyer)


async def test_what_an_operator_blocked_only_an_operator_frees(database_url):
    async with open_market(database_url) as market:
        stall, operator = await market.shop(), await market.operator()
        product = (await market.row(Sku, id=await market.goods(stall))).product
        block, free, put = [kind(stall.shop, product) for kind in (BlockProduct, UnblockProduct, ListProduct)]
        assert (await market.refuses(block, stall.keeper)).code == "forbidden"
        await market.do(block, operator)
        assert (await market.row(Product, id=product)).state == "blocked"
        assert (await market.refuses(put, stall.keeper)).facts == {"state": "blocked"}
        assert (await market.refuses(free, stall.keeper)).code == "forbidden"
        assert (await market.refuses(WithdrawProduct(stall.shop, product), stall.keeper)).code == "state_forbids"
        await market.do(free, operator)
        assert (await market.row(Product, id=product)).state == "withdrawn", "the shop lists it again, or not"
        await market.do(put, stall.keeper)


def test_a_product_of_too_many_skus_is_not_read():
    """Each SKU is two rows and more of one transaction, so the command itself is bounded."""
    skus = [{"code": f"sku{n}", "price_minor": 100} for n in range(SKUS_MOST + 1)]
    told = {"shop": 1, "category": "food", "texts": [{"language": "en", "title": "A scarf to try"}], "freight": 1}
    assert msgspec.convert(told | {"skus": skus[1:]}, DraftProduct)
    with pytest.raises(msgspec.ValidationError, match="length <= 200"):
        msgspec.convert(told | {"skus": skus}, DraftProduct)


async def test_texts_and_pictures_change_many_times_but_not_for_ever(database_url, monkeypatch):
    """What a revision reads does not grow with the revisions before it."""
    async with open_market(database_url) as market:
        stall = await market.shop()
        told = await market.do(draft(stall), stall.keeper)
        product = read_id(told["product"])[1]
        for _ in range(3):
            await market.do(ReviseProduct(stall.shop, product, (EN,)), stall.keeper)
        texts = await market.rows(ProductText, product=product, version=4)
        assert {row.language for row in texts} == {"zh-Hans", "en"}, "the other languages stay"
        (needed,) = [need for need in GRAMMAR.handlers[ReviseProduct].needs if need.row is ProductText]
        assert needed.shape == "each"

        await market.do(AddPicture(stall.shop, product, "first", "first"), stall.keeper)
        monkeypatch.setattr(catalog, "VERSIONS_MOST", 4)
        monkeypatch.setattr(pictures, "PICTURES_EVER", 1)
        revise = ReviseProduct(stall.shop, product, (EN,))
        assert (await market.refuses(revise, stall.keeper)).code == "changed_too_often"
        picture = AddPicture(stall.shop, product, "file", "thumb")
        assert (await market.refuses(picture, stall.keeper)).code == "changed_too_often"


async def test_pictures(database_url):
    async with open_market(database_url) as market:
        stall = await market.shop()
        tea = await market.row(Sku, id=await market.goods(stall))
        for n in range(9):
            await market.do(AddPicture(stall.shop, tea.product, f"file{n}", f"thumb{n}"), stall.keeper)
        tenth = AddPicture(stall.shop, tea.product, "file9", "thumb9")
        assert (await market.refuses(tenth, stall.keeper)).code == "pictures_too_many"
        await market.do(RemovePicture(stall.shop, tea.product, 3), stall.keeper)
        twice = AddPicture(stall.shop, tea.product, "file5", "thumb5")
        assert (await market.refuses(twice, stall.keeper)).code == "picture_twice"
        await market.do(tenth, stall.keeper)
        shown = [row for row in await market.rows(Picture, product=tea.product) if not row.removed_ms]
        assert len(shown) == 9 and {row.n for row in shown} == {1, 2, 4, 5, 6, 7, 8, 9, 10}

"""Goods: what shops do with products, prices, pictures, freight and stock."""

from jishi.kernel.catalog import (
    Axis,
    BlockProduct,
    DraftProduct,
    ListProduct,
    PriceSku,
    ReviseProduct,
    SkuAsk,
    Text,
    UnblockProduct,
    WithdrawProduct,
)
from jishi.kernel.freight import Rate, SaveFreight
from jishi.kernel.pictures import AddPicture, RemovePicture
from jishi.kernel.stock import CountStock
from jishi.sim.alphabet import Hand, generates, party

CATEGORIES = ("food.tea.green", "food.tea.green", "home.teaware.cup", "food.fresh.fruit")


def template_of(hand: Hand, shop: int):
    return hand.pick([row for row in hand.view.templates if row.owner == shop])


@generates(SaveFreight, 1)
def save_freight(hand: Hand):
    shop = hand.pick(hand.view.shops)
    old = template_of(hand, shop.owner) if hand.chance(0.7) else None
    rates = (
        Rate((), 1, hand.random.randint(0, 1500), 1, hand.random.randint(0, 300)),
        Rate(("CN-XZ",), 1, 2500, 1, 999),
    )
    free_over, excluded = hand.pick((0, 0, 20_000)), hand.pick(((), (), ("CN-GD",)))
    made = SaveFreight(shop.owner, hand.pick(("piece", "weight")), rates, free_over, excluded, old.id if old else None)
    return made, hand.keeper(shop.owner)


@generates(DraftProduct, 3)
def draft_product(hand: Hand):
    template = hand.pick(hand.view.templates)
    if template is None:
        return None
    skus = tuple(
        SkuAsk(f"s{n}", hand.pick((1, 99, 4_900, 9_900, 12_345)), (n,), 250, hand.random.randint(0, 8))
        for n in range(2)
    )
    text = Text("zh-Hans", "一件试用的好东西", axes=(Axis("款式", ("甲", "乙")),))
    ppm = hand.pick((0, 50_000, 333_333, 500_000))
    made = DraftProduct(template.owner, hand.pick(CATEGORIES), (text,), skus, template.id, promoter_ppm=ppm)
    return made, hand.keeper(template.owner)


@generates(ReviseProduct, 2)
def revise_product(hand: Hand):
    row = hand.pick(hand.view.products)
    if row is None:
        return None
    template = template_of(hand, row.owner)
    rate, giftable = hand.pick((0, 100_000, 700_000, None)), hand.pick((0, 1, 1, None))
    revised = ReviseProduct(row.owner, row.id, (), template.id if template else None, giftable, rate)
    return revised, hand.keeper(row.owner)


@generates(PriceSku, 2)
def price_sku(hand: Hand):
    row = hand.pick(hand.view.skus)
    return row and (PriceSku(row.owner, row.id, hand.random.randint(1, 15_000)), hand.keeper(row.owner))


@generates(AddPicture, 1)
def add_picture(hand: Hand):
    row = hand.pick(hand.view.products)
    if row is None:
        return None
    n = hand.random.randint(1, 20)
    return AddPicture(row.owner, row.id, f"file{n}", f"thumb{n}"), hand.keeper(row.owner)


@generates(RemovePicture, 1)
def remove_picture(hand: Hand):
    row = hand.pick(hand.view.pictures)
    return row and (RemovePicture(row.owner, row.product, row.n), hand.keeper(row.owner))


@generates(ListProduct, 4)
def list_product(hand: Hand):
    row = hand.pick([row for row in hand.view.products if row.state not in ("listed", "in_review")])
    return row and (ListProduct(row.owner, row.id), hand.keeper(row.owner))


@generates(WithdrawProduct, 1)
def withdraw_product(hand: Hand):
    row = hand.pick([row for row in hand.view.products if row.state in ("listed", "in_review")])
    return row and (WithdrawProduct(row.owner, row.id), hand.keeper(row.owner))


@generates(BlockProduct, 1)
def block_product(hand: Hand):
    row = hand.pick([row for row in hand.view.products if row.state != "blocked"])
    return row and (BlockProduct(row.owner, row.id), party(hand.view.parties[0].owner))


@generates(UnblockProduct, 2)
def unblock_product(hand: Hand):
    row = hand.pick([row for row in hand.view.products if row.state == "blocked"])
    return row and (UnblockProduct(row.owner, row.id), party(hand.view.parties[0].owner))


@generates(CountStock, 3)
def count_stock(hand: Hand):
    row = hand.pick(hand.view.skus)
    return row and (CountStock(row.owner, row.id, hand.random.randint(-3, 8)), hand.keeper(row.owner))

"""Reviews: what the operator says to shops and goods that wait, and how a rejected shop asks again."""

from jishi.kernel.reviewing import AskShopReview, ReviewProduct, ReviewShop
from jishi.sim.alphabet import Hand, generates, party


def operator(hand: Hand):
    return party(hand.view.parties[0].owner)


def verdict(hand: Hand) -> tuple[int, str, str]:
    """Approved more often than not; else a reason with or without words."""
    if hand.chance(0.7):
        return 1, "other", ""
    return 0, hand.pick(("picture_poor", "other")), hand.pick(("", "simulated"))


@generates(ReviewProduct, 4)
def review_product(hand: Hand):
    row = hand.pick([row for row in hand.view.products if row.state == "in_review"])
    if row is None:
        return None
    approve, reason, note = verdict(hand)
    return ReviewProduct(row.owner, row.id, approve, row.texts, reason, note), operator(hand)


@generates(ReviewShop, 2)
def review_shop(hand: Hand):
    row = hand.pick([row for row in hand.view.shops if row.state == "in_review"])
    return row and (ReviewShop(row.owner, *verdict(hand)), operator(hand))


@generates(AskShopReview, 1)
def ask_shop_review(hand: Hand):
    row = hand.pick([row for row in hand.view.shops if row.state == "rejected"])
    return row and (AskShopReview(row.owner), hand.keeper(row.owner))

"""Rules: time-outs, fees, caps and windows as dated versions. An order is bound to the version in force when it is
placed.
"""

import msgspec

from jishi.kernel.refused import Refused
from jishi.kernel.rows import Row, table


class CategoryRule(msgspec.Struct, frozen=True):
    """What holds for one leaf category. fee_ppm: service fee on goods after discounts, without freight.

    return_window_ms: no-reason return from receipt, 0 where the category is exempt. giftable: 1 or 0.
    """

    fee_ppm: int
    return_window_ms: int
    giftable: int


class Rules(msgspec.Struct, frozen=True, omit_defaults=True):
    """One version of all rules. `id` is its first day as yyyymmdd; every duration is in ms.

    review_shops, review_goods: 1 when shops that are opened now, and their goods, are looked over before they are seen.
    A rule that came later has a default and is left out where it says no more: versions in force read as they did.
    """

    id: int
    from_ms: int
    pay_within_ms: int
    query_after_ms: int
    gift_claim_ms: int
    gift_most_minor: int
    ship_within_ms: int
    receive_after_ms: int
    claim_window_ms: int
    merchant_answers_ms: int
    buyer_returns_ms: int
    merchant_receives_ms: int
    escalate_within_ms: int
    claims_most: int
    touch_window_ms: int
    promoter_most_ppm: int
    categories: dict[str, CategoryRule]
    cards_per_day: int = 5  # product cards of a person in one room; our default
    review_shops: int = 0
    review_goods: int = 0

    def category(self, code: str) -> CategoryRule:
        """The rule of a leaf category; refuses `category_unknown`."""
        rule = self.categories.get(code)
        if rule is None:
            raise Refused("category_unknown", category=code)
        return rule


@table("rules", ("id",), kind="reference")
class RuleRow(Row, frozen=True):
    """A version as it was put in force; a version that has been used is never changed."""

    id: int
    from_ms: int
    body: str


class Rulebook:
    """All versions, in order of their first day."""

    def __init__(self, versions: list[Rules]):
        assert versions, "there is no version of the rules"
        self.versions = sorted(versions, key=lambda rules: rules.from_ms)
        self.by_id = {rules.id: rules for rules in versions}

    def at(self, now_ms: int) -> Rules:
        """The version in force at a business time."""
        for rules in reversed(self.versions):
            if rules.from_ms <= now_ms:
                return rules
        return self.versions[0]

    def of(self, version: int) -> Rules:
        """The version an order is bound to."""
        return self.by_id[version]

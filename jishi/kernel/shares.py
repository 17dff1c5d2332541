"""Who earns from an order: frozen when it is placed, by rate, on goods after discounts and without freight."""

from jishi.kernel.money import portion
from jishi.kernel.orders import Line, Share
from jishi.kernel.owners import PLATFORM


def frozen(product, touch, payer: int, rules, now: int) -> tuple[Share, ...]:
    """The platform's fee by category, and the promoter's share for who brought the payer.

    One level; the rate is the shop's, per product; the last touch within the window wins; who buys for himself earns
    nothing.
    """
    fee = Share("platform", PLATFORM, rules.category(product.category).fee_ppm, f"fee.{rules.id}")
    if not touch or not touch.promoter or touch.promoter == payer or not product.promoter_ppm:
        return (fee,)
    if now - touch.at_ms > rules.touch_window_ms:
        return (fee,)
    return (fee, Share("promoter", touch.promoter, product.promoter_ppm, f"touch.{rules.id}"))


def split(line: Line, given_back_minor: int) -> list[tuple[str, int, int, str]]:
    """What each earns when so much of the line's goods has gone back: (role, payee, amount, rule), the merchant last.

    Payees are rounded down, which never grows when more goes back; the merchant has the rest and all of the freight.
    """
    base = line.amount_minor - given_back_minor
    earned = [(share.role, share.payee, portion(base, share.share_ppm), share.rule) for share in line.shares]
    rest = base - sum(amount for _, _, amount, _ in earned)
    assert rest >= 0, "shares exceed the line"
    return [*earned, ("merchant", line.owner, rest, "rest")]


def line_shares(line: Line, given_back_minor: int, freight_back_minor: int) -> list[tuple[str, int, int, str]]:
    """`split`, with the line's remaining freight added to the merchant."""
    *payees, (role, owner, rest, rule) = split(line, given_back_minor)
    return [*payees, (role, owner, rest + line.freight_minor - freight_back_minor, rule)]

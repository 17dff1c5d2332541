"""Money is an integer in minor units; ratios are parts per million. Splits conserve every cent."""

from typing import Annotated

from msgspec import Meta

from jishi.kernel.refused import Refused

PPM = 1_000_000
AMOUNT_MAX = 10**13  # a hundred billion yuan in fen; sums of it stay far below 2**63
Minor = Annotated[int, Meta(ge=0, le=AMOUNT_MAX)]
Positive = Annotated[int, Meta(ge=1, le=AMOUNT_MAX)]
Ppm = Annotated[int, Meta(ge=0, le=PPM)]
Quantity = Annotated[int, Meta(ge=1, le=100_000)]
Millis = Annotated[int, Meta(ge=0, le=2**53)]
Currency = Annotated[str, Meta(pattern="^[A-Z]{3}$")]
Code = Annotated[str, Meta(pattern="^[A-Za-z0-9][A-Za-z0-9_.:-]{0,79}$")]


def portion(amount_minor: int, share_ppm: int) -> int:
    """The share of an amount, rounded down. Monotone in the amount: a smaller rest never earns more."""
    return amount_minor * share_ppm // PPM


def times(price_minor: int, quantity: int) -> int:
    """Price by quantity; refuses what would leave the range of amounts."""
    total = price_minor * quantity
    if total > AMOUNT_MAX:
        raise Refused("amount_too_large")
    return total


def allot(total_minor: int, weights: list[int]) -> list[int]:
    """Split an amount by weights with the largest remainder; ties go to the earlier place. The parts sum to the total.
    """
    whole = sum(weights)
    if whole == 0:
        return [total_minor, *[0] * (len(weights) - 1)]
    parts = [total_minor * weight // whole for weight in weights]
    by_remainder = sorted(range(len(weights)), key=lambda place: (-(total_minor * weights[place] % whole), place))
    for place in by_remainder[: total_minor - sum(parts)]:
        parts[place] += 1
    assert sum(parts) == total_minor
    return parts

"""How money, moments, durations and ids are written on a page, without floats and without a clock."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import NamedTuple

MARKET_ZONE = timezone(timedelta(hours=8), "UTC+8")
MINUTE_MS = 60_000
HOUR_MS = 60 * MINUTE_MS
DAY_MS = 24 * HOUR_MS

# Explicit patterns: the usual libraries print "CN¥" in English pages.
CURRENCIES = {
    "CNY": ("¥", 2),
    "HKD": ("HK$", 2),
    "TWD": ("NT$", 2),
    "USD": ("US$", 2),
    "EUR": ("€", 2),
    "JPY": ("JP¥", 0),
}


class MoneyParts(NamedTuple):
    """An amount taken apart, so that a template can set the integer part large."""

    sign: str
    symbol: str
    whole: str
    fraction: str


def money_parts(amount_minor: int, currency: str = "CNY") -> MoneyParts:
    """Take integer minor units apart; an unknown currency is written with its code and two digits."""
    if isinstance(amount_minor, bool) or not isinstance(amount_minor, int):
        raise TypeError(f"money is an integer in minor units, not {type(amount_minor).__name__}")
    symbol, digits = CURRENCIES.get(currency, (f"{currency} ", 2))
    whole, rest = divmod(abs(amount_minor), 10**digits)
    fraction = f".{rest:0{digits}d}" if digits else ""
    return MoneyParts("\u2212" if amount_minor < 0 else "", symbol, f"{whole:,}", fraction)


def money(amount_minor: int, currency: str = "CNY") -> str:
    """Write an amount: 123450 → ¥1,234.50; a negative one leads with a true minus sign."""
    return "".join(money_parts(amount_minor, currency))


def percent(share_ppm: int) -> str:
    """Write parts per million as a percentage with as many digits as it needs: 15000 → 1.5%."""
    whole, rest = divmod(abs(share_ppm), 10_000)
    fraction = f".{rest:04d}".rstrip("0").rstrip(".") if rest else ""
    return f"{'−' if share_ppm < 0 else ''}{whole}{fraction}%"


def when(at_ms: int, zone: tzinfo = MARKET_ZONE) -> str:
    """Write a moment the way trade papers do in all our languages: 2026-11-22 16:54."""
    return datetime.fromtimestamp(at_ms // 1000, zone).strftime("%Y-%m-%d %H:%M")


def iso_time(at_ms: int) -> str:
    """Write a moment for machines, in UTC."""
    return datetime.fromtimestamp(at_ms // 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def until(due_ms: int, now_ms: int, gettext, ngettext) -> str:
    """Say in words how long is left, in the two largest units: "1 day 3 h"; past the moment: "time is up"."""
    left_ms = due_ms - now_ms
    if left_ms <= 0:
        return gettext("time is up")
    if left_ms < MINUTE_MS:
        return gettext("less than a minute")
    days, rest_ms = divmod(left_ms, DAY_MS)
    hours, rest_ms = divmod(rest_ms, HOUR_MS)
    minutes = rest_ms // MINUTE_MS
    units = (
        (days, ngettext("%(num)s day", "%(num)s days", days)),
        (hours, gettext("%(num)s h")),
        (minutes, gettext("%(num)s min")),
    )
    return " ".join([pattern % {"num": count} for count, pattern in units if count][:2])


def clock_left(due_ms: int, now_ms: int) -> tuple[int, str]:
    """Days and h:mm:ss left, what a countdown shows before its script runs."""
    seconds = max(0, due_ms - now_ms) // 1000
    days, seconds = divmod(seconds, 86_400)
    return days, f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"


def short_id(identifier: str) -> str:
    """Shorten a long public id to its ends, for tables; the whole of it stays in the title and the copy button."""
    text = str(identifier)
    return text if len(text) <= 12 else f"{text[:4]}…{text[-6:]}"

"""Reads the dated rules from data files into the rulebook, and keeps every version that was ever in force in the
database.
"""

import tomllib
from datetime import UTC, date, datetime, timedelta, timezone
from importlib.resources import files
from typing import Any

import msgspec

from jishi.kernel.rules import CategoryRule, Rulebook, RuleRow, Rules

MINUTE_MS, HOUR_MS, DAY_MS = 60_000, 3_600_000, 86_400_000
UNITS = {"minutes": MINUTE_MS, "hours": HOUR_MS, "days": DAY_MS}
MARKET_ZONE = timezone(timedelta(hours=8))  # a version begins at midnight where the rules are made


class RuleChanged(Exception):
    """A version that orders are bound to says something else now. Put the old text back and add a new version."""


def first_moment_ms(day: date) -> int:
    """00:00 of a day in the market's zone, in ms."""
    return int(datetime(day.year, day.month, day.day, tzinfo=MARKET_ZONE).astimezone(UTC).timestamp()) * 1000


def in_ms(version: dict[str, Any]) -> dict[str, int]:
    """`pay_within_minutes = 30` as `pay_within_ms = 1_800_000`; other numbers as they are."""
    told = {}
    for name, value in version.items():
        stem, _, unit = name.rpartition("_")
        told[f"{stem}_ms" if unit in UNITS else name] = value * UNITS.get(unit, 1)
    return told


def read_rulebook(general: str | None = None, categories: str | None = None, *, demo: bool = False) -> Rulebook:
    """The rulebook of the package's data files, or of the given texts: a version for each day on which anything
    changes. A demo database has versions of its own besides.
    """
    data = files("jishi") / "data"
    general_rules = tomllib.loads(general or (data / "rules.toml").read_text("utf8"))["version"]
    if demo:
        more = tomllib.loads((data / "rules_demo.toml").read_text("utf8"))["version"]
        general_rules = sorted([*general_rules, *more], key=lambda version: version["from"])
    known = tomllib.loads(categories or (data / "categories.toml").read_text("utf8"))["categories"]
    leaves = {category["code"]: category["rules"] for category in known if category.get("rules")}
    days = sorted(
        {version["from"] for version in general_rules} | {rule["from"] for rules in leaves.values() for rule in rules}
    )
    first = min(version["from"] for version in general_rules)
    return Rulebook(
        [_version(max(day, first), general_rules, leaves) for day in sorted({max(day, first) for day in days})]
    )


def _version(day: date, general_rules: list[dict], leaves: dict[str, list[dict]]) -> Rules:
    general = [version for version in general_rules if version["from"] <= day][-1]
    told = in_ms({name: value for name, value in general.items() if name != "from"})
    rules = {code: _category(day, versions) for code, versions in leaves.items()}
    return Rules(
        id=int(day.strftime("%Y%m%d")),
        from_ms=first_moment_ms(day),
        categories={code: rule for code, rule in rules.items() if rule},
        **told,
    )


def _category(day: date, versions: list[dict]) -> CategoryRule | None:
    held = [rule for rule in versions if rule["from"] <= day]
    if not held:
        return None
    rule = held[-1]
    window = rule["return_window_hours"] * HOUR_MS if rule["no_reason_return"] else 0
    return CategoryRule(rule["service_fee_ppm"], window, int(rule["giftable"]))


async def keep_versions(session: Any, rulebook: Rulebook, now_ms: int) -> None:
    """Inside a transaction: keep every version. One that has been in force may be neither edited nor removed."""
    kept = {row.id: row for row in await session.fetch("SELECT id, from_ms, body FROM rules")}
    rows = {rules.id: RuleRow(rules.id, rules.from_ms, text_of(rules)) for rules in rulebook.versions}
    changed = [row for row in kept.values() if row.id not in rows or rows[row.id].body != row.body]
    for row in changed:
        if row.from_ms <= now_ms:
            raise RuleChanged(
                f"Rules version {row.id} has been in force. Put it back as it was, and add a new version."
            )
    await session.delete(RuleRow, [(row.id,) for row in changed])
    same = set(kept) - {row.id for row in changed}
    await session.insert(RuleRow, [row for row in rows.values() if row.id not in same])


def text_of(rules: Rules) -> str:
    """A version as it is kept."""
    return msgspec.json.encode(rules, order="sorted").decode()

"""What the gallery shows of conversations: words, each kind of card in its states, a held card, what is muted."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from jishi.web.assets import asset_url
from jishi.web.formats import when
from jishi.web.saying import Gettext
from jishi.web.words import CARD, GIFT, ORDER, Word

MINUTE_MS = 60_000


def chat(say: Callable[..., str], gettext: Gettext, now_ms: int) -> dict[str, Any]:
    """Everything a conversation can hold. The words of states are the pages' own."""
    shown = _Cards(say, gettext)
    lan, spring = say("阿岚", "阿嵐", "Lan"), say("春山茶社", "春山茶社", "Spring Hill Tea")
    lines = [
        {"name": lan, "text": say("新茶到了，看看这个。", "新茶到了，看看這個。", "The new tea is in. Look at this.")},
        {"name": lan, "kind": "product", "card": shown.product("")},
        {"name": "", "mine": True, "text": say("好，谢谢！", "好，謝謝！", "Lovely, thank you!")},
        {"name": lan, "text": None},
        {"name": spring, "kind": "product", "card": shown.product("price_changed"), "folded": "shop"},
        {"name": lan, "text": say("再见", "再見", "Bye"), "folded": "person"},
    ]
    kinds = {"kind": "text", "mine": False, "folded": "", "text": "", "card": None}
    times = [now_ms - (len(lines) - n) * MINUTE_MS for n in range(len(lines))]
    return {
        "messages": [
            kinds | line | {"at_ms": at, "time": when(at)[-5:]} for at, line in zip(times, lines, strict=True)
        ],
        "held": shown.product(""),
        "cards": [
            *[shown.product(code) for code in ("", *CARD)],
            shown.gift("offered", "jade", now_ms + 90 * MINUTE_MS),
            shown.gift("accepted", "plum"),
            shown.gift("declined", "dusk"),
            shown.gift("expired", "paper"),
            *[shown.order(state) for state in ("placed", "to_ship", "shipped", "settled", "refunded")],
        ],
    }


class _Cards:
    """Cards of one shop, by their state."""

    def __init__(self, say: Callable[..., str], gettext: Gettext):
        self.say, self.gettext = say, gettext

    def _base(self, kind: str, code: str, word: Word | None) -> dict[str, Any]:
        say = self.say
        return {
            "kind": kind, "code": code, "href": "", "lang": "", "currency": "CNY",
            "title": say("明前绿茶 罐装 100 克", "明前綠茶 罐裝 100 克", "Green tea, first flush, 100 g tin"),
            "picture": asset_url("img/sample-tea.svg"), "shop": say("春山茶社", "春山茶社", "Spring Hill Tea"),
            "status": self.gettext(word.label) if word else "", "status_kind": word.kind if word else "plain",
        }  # fmt: skip

    def product(self, code: str) -> dict[str, Any]:
        """A product; no code while it is as it was when it was sent."""
        href = "" if code == "withdrawn" else "/_ui/buyer"
        return self._base("product", code, CARD.get(code)) | {"price_minor": 12_800, "from": not code, "href": href}

    def gift(self, state: str, cover: str, due_ms: int = 0) -> dict[str, Any]:
        """A gift; it leads somewhere while it waits."""
        href = "/_ui/buyer" if due_ms else ""
        return self._base("gift", state, GIFT[state]) | {"cover": cover, "due_ms": due_ms, "sheet": "", "href": href}

    def order(self, state: str) -> dict[str, Any]:
        """An order."""
        return self._base("order", state, ORDER[state]) | {"total_minor": 13_600, "href": "/_ui/buyer"}

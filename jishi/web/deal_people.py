"""Who takes part in a deal, by name: payer, recipient, shop, payees; and how the buyer came."""

from __future__ import annotations

from typing import Any

from jishi.kernel.ids import public_owner
from jishi.kernel.owners import PLATFORM
from jishi.store.queries import page_goods
from jishi.store.queries.deal_rows import Deal
from jishi.web.languages import mark
from jishi.web.visitor import name_of
from jishi.web.words import MEDIUM, SCENE

PLATFORM_NAME = mark("Jishi")


PARTY = "party:"


async def people_of(database: Any, deal: Deal, language: str) -> dict[int, str]:
    """Owner -> name, for everyone in the deal. A person without a name is told by the end of his id."""
    order = deal.order
    payees = {share.payee for line in deal.lines for share in line.shares}
    senders = {int(row.principal[len(PARTY) :]) for row in deal.log if row.principal.startswith(PARTY)}
    promoters = {touch.promoter for touch in deal.touches}
    parties = {order.payer, order.beneficiary, *payees, *promoters, *senders} - {0, PLATFORM, order.owner}
    names = await page_goods.shop_names(database, [order.owner], language)
    for party in sorted(parties):
        names[party] = await name_of(database, party, language) or "…" + public_owner(party)[-6:]
    return names


def cells(view: Any) -> list[dict]:
    """The people of the deal and the touch, as cells: {label, value, note, icon}."""
    deal, gettext, order = view.deal, view.gettext, view.deal.order
    shown = [
        {"icon": "market", "label": gettext("Shop"), "value": view.name(order.owner), "note": ""},
        {"icon": "person", "label": gettext("Payer"), "value": view.name(order.payer), "note": ""},
    ]
    if order.mode == "gift":
        value = view.name(order.beneficiary) if order.beneficiary else gettext("not known before the gift is accepted")
        shown.append({"icon": "gift", "label": gettext("Recipient"), "value": value, "note": ""})
    for touch in deal.touches:
        how = f"{gettext(SCENE.get(touch.scene, touch.scene))} · {gettext(MEDIUM.get(touch.medium, touch.medium))}"
        shown.append({"icon": "link", "label": gettext("Brought by"), "value": view.name(touch.promoter), "note": how})
    if not deal.touches:
        shown.append(
            {
                "icon": "link",
                "label": gettext("Brought by"),
                "value": gettext("nobody; the buyer came alone"),
                "note": "",
            }
        )
    return shown

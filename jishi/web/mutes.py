"""What I do not want to see at once: kinds of cards, shops, people. Folded, with a way to show it."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from jishi.kernel.ids import public_owner, read_owner
from jishi.kernel.refused import Refused, require
from jishi.scenes.mutes import SetMute
from jishi.store.queries import page_goods
from jishi.store.queries.chats import Mutes
from jishi.web.asking import database_of, fields, language_of, me, missing, put, send
from jishi.web.chat_names import names_of
from jishi.web.rendering import page, see_other

KINDS = ("product", "gift", "order")


SENT = """
SELECT DISTINCT m.shop AS shop FROM members s JOIN messages m ON m.owner = s.owner
WHERE s.party = :me AND s.left_ms = 0 AND m.shop <> 0 AND m.author <> :me ORDER BY m.shop LIMIT 50
"""


async def show(request: Request) -> Response:
    """What is muted, each with the way back."""
    by = me(request)
    rows = (await put(request, Mutes(party=by.id, limit=100))).views
    people = await names_of(request, [row.whom for row in rows if row.about == "person"])
    muted = [row.whom for row in rows if row.about == "shop"]
    met = [row.shop for row in await database_of(request).fetch(SENT, me=by.id) if row.shop not in muted]
    shops = await page_goods.shop_names(database_of(request), [*muted, *met], language_of(request))
    context = {
        "kinds": [(kind, any(row.about == kind for row in rows)) for kind in KINDS],
        "named": [
            {"about": row.about, "id": public_owner(row.whom), "name": people.get(row.whom) or shops.get(row.whom, "")}
            for row in rows
            if row.whom
        ],
        "met": [{"id": public_owner(shop), "name": shops.get(shop, "")} for shop in met],
        "back": "/me",
    }
    return page(request, "chat/mutes.html", context)


async def change(request: Request) -> Response:
    """Mute something, or show it again."""
    by, form = me(request), await fields(request)
    about, on = form.get("about", ""), form.get("on", "")
    require(about in (*KINDS, "shop", "person") and on in ("0", "1"), "input_malformed")
    try:
        whom = read_owner(form["whom"]) if form.get("whom") else 0
    except Refused:
        missing()
    await send(request, SetMute(by.id, about, int(on), whom), form)
    return see_other(request, "/me/mutes")


routes = [Route("/me/mutes", show), Route("/me/mutes", change, methods=["POST"])]

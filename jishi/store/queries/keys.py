"""The keys for programs of a shop or of the platform; never their secrets."""

from jishi.kernel.apps import Key, KeyId, KeyName
from jishi.kernel.ids import OwnerId
from jishi.kernel.roles import operator, staff
from jishi.store.query import Page, Paged, View, answers, before


class KeyView(View, frozen=True):
    """One key: what it is for and what it may do."""

    owner: OwnerId
    key: KeyId
    name: str
    state: str
    scopes: tuple[str, ...]
    made_ms: int


class Keys(Paged, frozen=True, kw_only=True):
    """The keys of a shop, or of the platform, newest first."""

    owner: OwnerId


@answers(Keys, "keys/listed", who=(staff("manage"), operator("manage")), view=KeyView)
async def keys(database, q, case) -> Page:
    rows = await database.read(
        Key,
        "WHERE owner = :owner AND id < :before ORDER BY id DESC LIMIT :most",
        owner=q.owner, before=before(q.after), most=q.limit + 1,
    )  # fmt: skip
    shown = rows[: q.limit]
    names = {row.id: row.name for row in await database.read(KeyName, "WHERE owner = :owner", owner=q.owner)}
    views = [KeyView(row.owner, row.id, names.get(row.id, ""), row.state, row.scopes, row.made_ms) for row in shown]
    return Page(views, str(shown[-1].id) if len(rows) > q.limit else "")

"""Invitations to work for a shop: those a shop sent, those sent to me, and one as who is asked sees it."""

from typing import Annotated, Any

from msgspec import Meta

from jishi.kernel.ids import OwnerId
from jishi.kernel.invitations import INVITED, THE_INVITATION, Invitation, InvitationId, invitation_parts
from jishi.kernel.money import Code
from jishi.kernel.parties import Language
from jishi.kernel.refused import require
from jishi.kernel.roles import ANYONE, staff
from jishi.store.queries.people import name_of
from jishi.store.query import Page, Paged, Query, View, answers, before


class SentInvitation(View, frozen=True):
    """An invitation as the shop sees it. link: what its link proves, "" unless it is one and still open."""

    shop: OwnerId
    invitation: InvitationId
    state: str
    how: str
    duties: tuple[Code, ...]
    made_ms: int
    expires_ms: int
    link: str


class ShopInvitations(Paged, frozen=True, kw_only=True):
    """Whom a shop asked to work there, newest first."""

    shop: OwnerId


@answers(ShopInvitations, "invitations/shop", who=(staff("manage"),), view=SentInvitation)
async def shop_invitations(database, q, case) -> Page:
    rows = await database.read(
        Invitation,
        "WHERE owner = :shop AND id < :before ORDER BY id DESC LIMIT :most",
        shop=q.shop, before=before(q.after), most=q.limit + 1,
    )  # fmt: skip
    shown = [_sent(row, case) for row in rows[: q.limit]]
    return Page(shown, str(shown[-1].invitation) if len(rows) > q.limit else "")


def _sent(row: Invitation, case: Any) -> SentInvitation:
    by_link = row.how == "link" and row.state == "open"
    link = case.seal(*invitation_parts(row.owner, row.id)) if by_link else ""
    return SentInvitation(row.owner, row.id, row.state, row.how, row.duties, row.made_ms, row.expires_ms, link)


class GotInvitation(View, frozen=True):
    """An invitation as who is asked sees it."""

    shop: OwnerId
    invitation: InvitationId
    state: str
    shop_name: str
    duties: tuple[Code, ...]
    made_ms: int
    expires_ms: int


class MyInvitations(Paged, frozen=True, kw_only=True):
    """Shops that ask me, by my login, to work for them; those still open, newest first."""

    language: Language = "zh-Hans"


@answers(MyInvitations, "invitations/mine", who=(ANYONE,), view=GotInvitation)
async def my_invitations(database, q, case) -> Page:
    rows = await database.read(
        Invitation,
        "WHERE party = :me AND state = 'open' AND id < :before ORDER BY id DESC LIMIT :most",
        me=case.me, before=before(q.after), most=q.limit + 1,
    )  # fmt: skip
    shown = [await _got(database, row, q.language) for row in rows[: q.limit]]
    return Page(shown, str(shown[-1].invitation) if len(rows) > q.limit else "")


async def _got(database: Any, row: Invitation, language: str) -> GotInvitation:
    name = await name_of(database, row.owner, language)
    return GotInvitation(row.owner, row.id, row.state, name, row.duties, row.made_ms, row.expires_ms)


class OpenInvitation(Query, frozen=True, kw_only=True):
    """One invitation, for who is asked: by name, or with what its link proves."""

    shop: OwnerId
    invitation: InvitationId
    link: Annotated[str, Meta(max_length=80)] = ""
    language: Language = "zh-Hans"


@answers(OpenInvitation, "invitations/open", who=(INVITED,), needs=(THE_INVITATION,), view=GotInvitation)
async def open_invitation(database, q, case) -> GotInvitation:
    require(case.invitation, "not_found")
    return await _got(database, case.invitation, q.language)

"""The letters we write: codes, and what is told to whoever asked for one that is no use to him."""

from __future__ import annotations

import structlog
from starlette.requests import Request

from jishi.kernel.logins import Named
from jishi.kernel.refused import Refused, require
from jishi.ports.post import Letter, PostFailed
from jishi.web.saying import gettext_of
from jishi.web.signing import accounts_of, address_of

log = structlog.get_logger("jishi.post")


def can_reach(request: Request, login: Named) -> None:
    """Refuse what no letter of ours can reach."""
    require(login.kind in request.app.state.post.ways, "post_missing")


async def send(request: Request, letter: Letter) -> None:
    """Send it; refuses `post_failed`, and says why in our own log alone."""
    try:
        await request.app.state.post.send(letter)
    except PostFailed as error:
        log.error("letter_not_sent", way=letter.way, why=str(error))
        raise Refused("post_failed") from error


async def send_code(request: Request, purpose: str, login: Named) -> None:
    """Send a code, or word that it would be of no use: the page says the same, and as much is done, either way."""
    accounts, gettext = accounts_of(request), gettext_of(request)
    can_reach(request, login)
    code = await accounts.code(purpose, login, address_of(request))
    known = bool(await accounts.party_of(login))
    url = request.app.state.own_url
    if purpose == "register" and known:
        subject = gettext("You have an account already")
        text = gettext(
            "Somebody asked to register with this address, but it has an account. Sign in at %(url)s/sign-in, or choose"
            " a new password at %(url)s/recover. If that was not you, do nothing.",
            url=url,
        )
    elif purpose == "recover" and not known:
        subject = gettext("There is no account with this address")
        text = gettext(
            "Somebody asked for a new password here, but no account has this address. You can register at"
            " %(url)s/register. If that was not you, do nothing.",
            url=url,
        )
    else:
        subject = gettext("Your code for Jishi")
        text = gettext(
            "Your code is %(code)s. It is good for ten minutes. Tell it to nobody. If you did not ask for it, do"
            " nothing.",
            code=code,
        )
    await send(request, Letter(login.kind, login.text, subject, text))


async def send_invitation(request: Request, login: Named, shop: str, link: str) -> None:
    """Tell somebody that a shop asks him to work there."""
    gettext = gettext_of(request)
    subject = gettext("%(shop)s invites you to work there", shop=shop)
    text = gettext("%(shop)s invites you to work there. Look at it within a week: %(link)s", shop=shop, link=link)
    await send(request, Letter(login.kind, login.text, subject, text))

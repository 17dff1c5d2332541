"""Settings: language, light or dark, the size of the text, and the ways to one's account and data."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from jishi.web.languages import LANGUAGE_NAMES, mark
from jishi.web.navigation import Place
from jishi.web.rendering import page, preferences_of
from jishi.web.saying import gettext_of

HERE = "/me/settings"
THEMES = {"auto": mark("As the device"), "light": mark("Light"), "dark": mark("Dark")}
SIZES = {"0": mark("Normal text"), "1": mark("Large text")}
# Shown where the application has such a page.
WAYS = (
    Place("/me/account", mark("Account and sign-in"), "lock"),
    Place("/me/export", mark("My data, to take along"), "download"),
)


async def show(request: Request) -> Response:
    """Everything a browser keeps of how somebody likes his pages; nobody has to be signed in for it."""
    chosen, gettext = preferences_of(request), gettext_of(request)
    told = {getattr(route, "path", "") for route in request.app.routes}
    context = {
        "languages": [
            {"href": f"{HERE}?lang={tag}", "label": name, "now": tag == chosen.language, "lang": tag}
            for tag, name in LANGUAGE_NAMES.items()
        ],
        "themes": [
            {"href": f"{HERE}?theme={name}", "label": gettext(label), "now": name == chosen.theme}
            for name, label in THEMES.items()
        ],
        "sizes": [
            {"href": f"{HERE}?care={value}", "label": gettext(label), "now": (value == "1") == chosen.care}
            for value, label in SIZES.items()
        ],
        "ways": [place for place in WAYS if request.state.party and place.href in told],
    }
    return page(request, "buyer/settings.html", context)


routes = [Route(HERE, show)]

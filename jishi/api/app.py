"""The API: look up the path, sign in, count, read, answer. No framework stands on this path."""

from collections.abc import Callable
from typing import Any

import structlog

from jishi.api.docs import add_pages
from jishi.api.errors import PROBLEM, problem
from jishi.api.limits import Limits
from jishi.api.ports import Ports
from jishi.api.registry import endpoints
from jishi.api.settings import ApiSettings, api_settings
from jishi.api.views import public_label
from jishi.api.wire import Call, Reply, read_body
from jishi.engine.request import Busy
from jishi.engine.sign_in import KEY_MARK, NOBODY, SignIn
from jishi.kernel.grammar import Principal
from jishi.kernel.refused import Refused, require
from jishi.ports.files import Files
from jishi.ports.pay import Pay
from jishi.store.errors import Transient

log = structlog.get_logger("jishi.api")
security = structlog.get_logger("jishi.security")
PREFIX = "/v1/"
WATCHED = (401, 403, 429)

AWAY_S = 2  # ask again after so long when the database is away


class Limited(Exception):
    """This sender has sent too much; he may come again after some seconds."""

    def __init__(self, wait_s: int):
        super().__init__("Too many requests.")
        self.wait_s = wait_s


class Api:
    """Made once; called for every request under `/v1/`."""

    def __init__(self, engine: Any, settings: ApiSettings, sign_in: SignIn, ports: Ports):
        self.settings, self.sign_in, self.files = settings, sign_in, ports.files
        self.limits = Limits(self.settings)
        self.routes: dict[str, dict[str, Any]] = {}
        self.pages: dict[str, Callable[[Call], Reply]] = {}
        for endpoint in endpoints(engine, sign_in, ports):
            methods = self.routes.setdefault(endpoint.path, {})
            assert endpoint.method not in methods, f"{endpoint.path}: two of {endpoint.method}"
            methods[endpoint.method] = endpoint

    async def __call__(self, call: Call) -> Reply:
        reply = await self.reply(call)
        if reply.status in WATCHED:
            told = {"status": reply.status, "path": call.path[:200], "by": public_label(call.by), "ip": call.ip}
            security.warning("denied", **told)
        return reply

    async def reply(self, call: Call) -> Reply:
        """The reply to a call, whatever happens on the way."""
        try:
            return await self.run(call)
        except Refused as refused:
            return self.refusal(refused, call, refused.retry_after_s if isinstance(refused, Busy) else 0)
        except Limited as limited:
            return self.refusal(Refused("rate_limited"), call, limited.wait_s)
        except Busy as busy:
            return self.refusal(Refused("busy"), call, busy.retry_after_s)
        except Transient as error:
            log.warning("database_away", error=type(error).__name__)
            return self.refusal(Refused("busy"), call, AWAY_S)
        except Exception:
            log.exception("fault", path=call.path[:200], by=public_label(call.by))
            return self.refusal(Refused("fault"), call)

    async def run(self, call: Call) -> Reply:
        """Look up, sign in, count, read, answer."""
        path = call.path.removeprefix(PREFIX)
        methods = self.routes.get(path)
        if methods is None:
            return self.page(path, call)
        endpoint = methods.get(call.method)
        if endpoint is None:
            return self.wrong_method(methods, call)
        self.count("ip", call.ip)
        by = call.by = await self.who(call.headers.get("authorization"), endpoint.decided)
        require(endpoint.public or by is not NOBODY, "sign_in_needed")
        if by is not NOBODY:
            self.count("key" if by.kind == "app" else "party", by.id)
            if endpoint.limited:
                self.count(endpoint.limited, by.id)
        if endpoint.method == "POST":
            await endpoint.admit(call)
            most = endpoint.bytes_most or self.settings.body_bytes_max
            call.body = await read_body(call, most, endpoint.media)
        return await endpoint.answer(call)

    async def who(self, header: str | None, decided: bool) -> Principal:
        """Who sends: nobody without a header; a wrong, expired or revoked one is refused.

        decided: whether the engine looks at the party once more, when it decides.
        """
        if header is None:
            return NOBODY
        scheme, _, text = header.partition(" ")
        require(scheme.lower() == "bearer" and len(text) <= 2_000, "token_refused")
        read = self.sign_in.sender if decided else self.sign_in.party
        by = await (self.sign_in.app(text) if text.startswith(KEY_MARK) else read(text))
        require(by, "token_refused")
        return by

    def count(self, kind: str, who: object) -> None:
        """Count one request; too many raise `Limited`."""
        wait_s = self.limits.take(kind, who)
        if wait_s:
            raise Limited(wait_s)

    def page(self, path: str, call: Call) -> Reply:
        """The pages that need no engine: the description and its readable form."""
        page = self.pages.get(path)
        require(page, "path_unknown")
        if call.method != "GET":
            return self.wrong_method({"GET": page}, call)
        return page(call)

    def wrong_method(self, methods: dict[str, Any], call: Call) -> Reply:
        allowed = ("allow", ", ".join(sorted(methods)))
        reply = self.refusal(Refused("method_not_allowed"), call)
        return reply._replace(headers=(*reply.headers, allowed))

    @staticmethod
    def refusal(refused: Refused, call: Call, wait_s: int = 0) -> Reply:
        """A refusal as a problem document."""
        status, body = problem(refused, call.language, call.owner_of)
        headers = [("content-language", call.language)]
        headers += [("retry-after", str(wait_s))] if wait_s else []
        headers += [("www-authenticate", "Bearer")] if status == 401 else []
        return Reply(status, body, tuple(headers), PROBLEM)


def create_api(
    engine: Any, settings: Any = None, sign_in: SignIn | None = None, pay: Pay | None = None, files: Files | None = None
) -> Api:
    """The API of an open engine; all its paths begin with `/v1/`. pay None: there is no cashier."""
    own = api_settings(settings)
    api = Api(engine, own, sign_in or SignIn(engine), Ports(pay, files, own.return_urls))
    add_pages(api)
    return api

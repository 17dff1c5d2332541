"""Accounts by the pages: register, sign out, recover, sign in; sessions that end; an interrupted checkout."""

import re

import pytest
from structlog.testing import capture_logs

from jishi.kernel.ids import public_id, public_owner
from jishi.ports.post import MailPost, NoPost
from tests.support.faces import Browser, open_faces
from tests.support.market import DAY

pytestmark = pytest.mark.anyio
MAIL, PASSWORD = "qian@example.com", "a sentence that is long"


async def code_for(browser: Browser, login: str) -> str:
    """The code of the newest letter to this login, as the demo's outbox shows it."""
    shown, text = browser.path, browser.text
    page = await browser.get("/outbox")
    letter = next(one for one in page.css("article") if login in one.text())
    browser.path, browser.text = shown, text
    return re.search(r"\b\d{6}\b", letter.text()).group()


async def register(browser: Browser, login: str = MAIL, to: str = "") -> None:
    await browser.get(f"/register?next={to}")
    await browser.submit("/register", login=login)
    code = await code_for(browser, login)
    await browser.submit("/register/confirm", code=code, name="Qian", password=PASSWORD)


async def test_register_sign_out_recover_sign_in(sqlite_url, tmp_path):
    async with open_faces(sqlite_url, tmp_path) as faces:
        browser = faces.browser()
        await browser.get("/register?lang=zh-Hans")
        page = await browser.submit("/register", login=MAIL)
        assert page.css_first("label[for=code]").text().strip() == "验证码", "of a letter, not of a program"
        await browser.get("/goods?lang=en")
        await register(browser)
        assert browser.path == "/me" and "Qian" in browser.text and "simulated" not in browser.text
        await browser.submit("/sign-out")
        await browser.get("/me")
        assert browser.path.startswith("/sign-in?next=%2Fme")

        wrong = await browser.submit("/sign-in", 422, login=MAIL, password="a wrong sentence")
        assert "wrong" in wrong.css_first("[role=alert]").text()
        assert wrong.css_first("input[name=login]").attributes["value"] == MAIL
        assert not wrong.css_first("input[name=password]").attributes["value"], "no page repeats a password"

        await browser.get("/recover")
        await browser.submit("/recover", login=MAIL)
        await browser.submit("/recover/confirm", code=await code_for(browser, MAIL), password="another sentence")
        assert browser.path == "/me"
        await browser.submit("/sign-out")
        await browser.submit("/sign-in", 422, at="/sign-in", login=MAIL, password=PASSWORD)
        await browser.submit("/sign-in", login=MAIL, password="another sentence")
        assert browser.path == "/me"


async def test_signing_out_says_who_one_is_now(sqlite_url, tmp_path):
    async with open_faces(sqlite_url, tmp_path) as faces:
        browser = faces.browser()
        await register(browser)
        market = faces.market
        for role in ("giver", "friend", "staff"):
            await faces.persona(await market.person(), role, (await market.shop()).shop if role == "staff" else 0)
        landed = []
        for demo in (True, False):
            await browser.submit("/sign-in", at="/sign-in", login=MAIL, password=PASSWORD)
            market.engine.demo = demo
            page = await browser.submit("/sign-out", at="/me")
            landed.append(browser.path)
            told = page.css_first("main [role=status]")
            assert "signed out" in told.text() and "visitor" in told.text()
            assert told.css_first("a").attributes["href"] == "/sign-in"
            assert (await browser.get(browser.path.partition("?")[0])).css_first("main [role=status]") is None
            market.engine.demo = True
        assert landed == ["/?signed_out=1", "/goods?signed_out=1"]
        await browser.submit("/sign-in", at="/sign-in", login=MAIL, password=PASSWORD)
        assert (await browser.get("/goods?signed_out=1")).css_first("main [role=status]") is None, "it is not true now"


async def test_no_page_tells_whether_a_login_exists(sqlite_url, tmp_path):
    async with open_faces(sqlite_url, tmp_path) as faces:
        await register(faces.browser())
        said = []
        for login in (MAIL, "nobody@example.com"):
            for page in ("/register", "/recover"):
                browser = faces.browser()
                shown = await browser.submit(page, at=page, login=login)
                said.append((page, shown.css_first("main").text().replace(login, "")))
        assert said[:2] == said[2:]
        letters = (await faces.browser().get("/outbox")).text()
        assert "You have an account already" in letters and "There is no account with this address" in letters


async def test_sessions_are_listed_and_ended(sqlite_url, tmp_path):
    async with open_faces(sqlite_url, tmp_path) as faces:
        one, two = faces.browser(), faces.browser()
        one.http.headers["User-Agent"] = "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0) Version/19.0 Safari/604.1"
        await register(one)
        await two.submit("/sign-in", at="/sign-in", login=MAIL, password=PASSWORD)
        page = await two.get("/me/sessions")
        assert "Safari · iPhone" in page.text() and "Unknown device" in page.text()
        await two.submit("/me/sessions/end-others")
        await one.get("/me")
        assert one.path.startswith("/sign-in") and "Your session is over" in one.text
        await one.submit("/sign-in", login=MAIL, password=PASSWORD)
        assert one.path == "/me", "on to where he was"

        await one.get("/me/account")
        await one.submit("/me/account/password", 422, current="wrong one", password="another sentence")
        await one.submit("/me/account/password", current=PASSWORD, password="another sentence")
        await two.get("/me")
        assert two.path.startswith("/sign-in"), "a new password ends the other sessions"
        await one.get("/me")
        assert one.path == "/me"


async def test_nobody_ends_another_s_session(sqlite_url, tmp_path):
    async with open_faces(sqlite_url, tmp_path) as faces:
        one, two = faces.browser(), faces.browser()
        await register(one)
        await register(two, "other@example.com")
        await two.submit("/sign-in", at="/sign-in", login="other@example.com", password=PASSWORD)
        third = faces.browser()
        await third.submit("/sign-in", at="/sign-in", login="other@example.com", password=PASSWORD)
        theirs = await third.get("/me/sessions")
        end = theirs.css_first("form[action$='/end']").attributes["action"]
        await one.get("/me")
        form = {"csrf_token": one.http.cookies["jishi_form"]}
        assert (await one.http.post(end, data=form)).status_code == 404
        await two.get("/me")
        assert two.path == "/me"


async def test_a_session_that_ends_in_the_middle_of_a_checkout(sqlite_url, tmp_path):
    async with open_faces(sqlite_url, tmp_path) as faces:
        market = faces.market
        stall = await market.shop()
        tea = await market.goods(stall)
        browser, here = faces.browser(), f"/checkout?sku={public_id(stall.shop, tea)}"
        await register(browser)
        await browser.get(here)
        market.clock.pass_by(7 * DAY)
        token = browser.http.cookies["jishi_form"]
        sent = await browser.http.post(
            "/checkout", data={"csrf_token": token}, headers={"Referer": f"http://testserver{here}"}
        )
        assert sent.status_code == 303 and "ended=1" in sent.headers["location"]
        page = await browser.get(sent.headers["location"])
        assert "Your session is over" in page.text()
        await browser.submit("/sign-in", login=MAIL, password=PASSWORD)
        assert browser.path == here
        for away in ("https://evil.test/", "//evil.test", "/\\evil.test"):
            other = faces.browser()
            await other.get(f"/sign-in?next={away}")
            await other.submit("/sign-in", login=MAIL, password=PASSWORD)
            assert other.path == "/me"


async def test_the_security_log_tells_what_happened_and_no_secret(sqlite_url, tmp_path):
    async with open_faces(sqlite_url, tmp_path) as faces:
        browser = faces.browser()
        with capture_logs() as lines:
            await register(browser)
            await browser.submit("/sign-out", at="/me")
            await browser.submit("/sign-in", 422, at="/sign-in", login=MAIL, password="a wrong sentence")
            for _ in range(4):
                await browser.submit("/sign-in", 422, login=MAIL, password="a wrong sentence")
            await browser.submit("/sign-in", 429, login=MAIL, password=PASSWORD)
            assert "15 minutes" in browser.text
        told = [line["event"] for line in lines]
        for event in ("code_sent", "account_opened", "signed_in", "sessions_revoked", "sign_in_failed", "locked_out"):
            assert event in told
        said = str(lines)
        assert MAIL not in said and PASSWORD not in said and "wrong sentence" not in said


async def test_denied_access_is_told_to_the_security_log(sqlite_url, tmp_path):
    async with open_faces(sqlite_url, tmp_path) as faces:
        browser, stall = faces.browser(), await faces.market.shop()
        await register(browser)
        with capture_logs() as lines:
            await browser.get(f"/desk/{public_owner(stall.shop)}", 403)
            await browser.http.post("/sign-out", data={"csrf_token": "forged"})
        told = [(line["event"], line["code"]) for line in lines]
        assert told == [("denied", "forbidden"), ("denied", "form_expired")]
        assert lines[0]["page"] == "jishi.web.desk.show" and lines[0]["by"] != "nobody"


async def test_outside_of_a_demo_there_is_no_outbox_and_nobody_simulated(sqlite_url, tmp_path):
    async with open_faces(sqlite_url, tmp_path) as faces:
        who = await faces.market.person()
        await faces.persona(who)
        browser = faces.browser()
        assert public_owner(who.id) in str((await browser.get("/sign-in")).html)
        faces.market.engine.demo = False
        assert public_owner(who.id) not in str((await browser.get("/sign-in")).html)
        await browser.get("/outbox", 404)


async def test_where_no_letter_can_go_the_page_says_so(sqlite_url, tmp_path):
    async with open_faces(sqlite_url, tmp_path) as faces:
        faces.app.state.post = NoPost()
        browser = faces.browser()
        page = await browser.submit("/register", 422, at="/register", login=MAIL)
        assert "cannot write to such an address" in page.text()
        faces.app.state.post = MailPost("smtp://127.0.0.1:1", "market@example.com")
        await browser.submit("/register", 422, at="/register", login="+86 190 0000 0001")
        page = await browser.submit("/register", 503, login=MAIL)
        assert "could not be sent" in page.text()

"""A live page becomes live whatever the network does to its scripts, and disturbs nobody by it."""

import re

from playwright.sync_api import expect

from tests.browser.walking import failed_rules, sign_in


def test_a_late_stream_extension_still_connects(demo, page):
    """htmx once began before its stream extension had come, and the page stayed dead until it was loaded again."""
    held = []
    page.goto(f"{demo.origin}/deals")
    deal = page.locator("a.deal").first.get_attribute("href")
    page.route("**/hx-sse.min.js", lambda route: held.append(route))
    page.goto(demo.origin + deal, wait_until="commit")
    page.evaluate("new Promise((done) => { const look = () => (window.htmx ? done() : setTimeout(look)); look() })")
    page.evaluate("new Promise((done) => setTimeout(() => setTimeout(done)))")  # what htmx queued for later has run
    with page.expect_request("**/live"):
        held[0].continue_()


SWAPPED = "new Promise((done) => addEventListener('htmx:after:swap', () => setTimeout(done), { once: true }))"
STALE = """new Promise((done) => {
  const shown = [...document.querySelectorAll('[data-countdown]')];
  const before = shown.map((one) => { const text = one.textContent; one.textContent = '9 d 99:99:99'; return text; });
  document.dispatchEvent(new CustomEvent('htmx:after:swap', { bubbles: true }));
  done([before.length, shown.filter((one) => one.textContent.includes('99:99')).length]);
})"""


def test_news_of_a_talk_take_no_focus_and_a_sent_message_gives_it_back(demo, phone_page):
    """The field once took the focus with the first news: a phone's keyboard opened by itself."""
    page = phone_page
    sign_in(page, demo.origin, "林晓")
    page.goto(f"{demo.origin}/chats")
    room = page.locator(".chat-row").first.get_attribute("href")
    page.goto(demo.origin + room, wait_until="commit")
    page.evaluate(SWAPPED)
    assert page.evaluate("document.activeElement.tagName") == "BODY"
    text = page.get_by_label("消息", exact=True)
    page.wait_for_load_state()
    text.fill("在吗")
    text.press("Enter")
    expect(page.locator(".bubble").last).to_have_text("在吗")
    expect(text).to_be_focused()


def test_a_countdown_drawn_again_is_right_at_once(demo, page):
    page.goto(f"{demo.origin}/deals")
    shown, stale = page.evaluate(STALE)
    assert shown and not stale


def test_the_list_of_conversations_shows_at_once_what_was_said(demo, new_page):
    """It once asked for itself again each twenty seconds."""
    writer, reader, asked = new_page(), new_page(viewport={"width": 375, "height": 812}), []
    sign_in(writer, demo.origin, "吴越")
    sign_in(reader, demo.origin, "周雨")
    reader.on("request", lambda request: asked.append(request.url.removeprefix(demo.origin)))
    reader.goto(f"{demo.origin}/chats")
    row = reader.locator(".chat-row", has_text="吴越").first
    expect(row).to_be_visible()
    before = row.locator(".badge")
    unread = int(re.search(r"[0-9]+", before.inner_text()).group()) if before.count() else 0
    writer.goto(f"{demo.origin}/chats")
    writer.locator(".chat-row", has_text="周雨").first.click()
    text = writer.get_by_label("消息", exact=True)
    for words in ("第一句", "第二句"):
        text.fill(words)
        writer.get_by_role("button", name="发送").click()  # Enter is a new line until the script has come
        expect(row.locator(".chat-last")).to_have_text(words)
    expect(row.locator(".badge")).to_contain_text(str(unread + 2))
    expect(reader.locator(".chat-row").first).to_contain_text("吴越")
    assert failed_rules(reader) == []
    assert [url for url in asked if url.startswith("/chats")] == ["/chats", "/chats/live"], "one stream, and no more"


def test_a_field_that_was_made_larger_breaks_no_policy_when_it_is_swapped(demo, phone_page, guard):
    """htmx once set the old field's style on the new one, which the content policy forbids: the guard hears of it."""
    page = phone_page
    sign_in(page, demo.origin, "林晓")
    page.goto(f"{demo.origin}/chats")
    page.goto(demo.origin + page.locator(".chat-row").first.get_attribute("href"))
    field = page.get_by_label("消息", exact=True)
    field.evaluate("(node) => { node.style.height = '120px' }")
    guard.allow(422)
    field.evaluate("(node) => { node.removeAttribute('required') }")
    page.get_by_role("button", name="发送").click()
    expect(page.locator(".composer-why")).to_be_visible()
    assert field.get_attribute("style") is None

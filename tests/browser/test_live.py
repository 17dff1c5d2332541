"""A live page becomes live whatever the network does to its scripts."""


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

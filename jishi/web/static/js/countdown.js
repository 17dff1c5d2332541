// All countdowns of the page on one timer, by the server's clock: the skew is measured once, when the page arrives.
const serverNow = Number(document.documentElement.dataset.nowMs);
const skewMs = Number.isFinite(serverNow) && serverNow > 0 ? serverNow - Date.now() : 0;
const two = (value) => String(value).padStart(2, "0");

function show(element) {
  const leftMs = Number(element.dataset.countdown) - (Date.now() + skewMs);
  if (leftMs <= 0) return end(element);
  const seconds = Math.floor(leftMs / 1000);
  const days = Math.floor(seconds / 86400);
  const clock = `${two(Math.floor(seconds / 3600) % 24)}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
  element.textContent = days ? `${element.dataset.days.replace("{n}", days)} ${clock}` : clock;
  element.toggleAttribute("data-urgent", leftMs < 3600000);
}

function end(element) {
  element.textContent = element.dataset.ended;
  element.removeAttribute("data-countdown");
  element.dispatchEvent(new CustomEvent("countdown:ended", { bubbles: true }));
}

function tick() {
  document.querySelectorAll("[data-countdown]").forEach(show);
}

tick();
setInterval(tick, 1000);
document.addEventListener("htmx:after:swap", tick);  // a part drawn again says what was left when it was drawn

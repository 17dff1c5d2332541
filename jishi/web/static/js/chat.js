// A conversation: Enter sends, the newest words stay in view unless the address names a message, and a sent composer is
// ready for the next.
const atEnd = () => window.innerHeight + window.scrollY > document.documentElement.scrollHeight - 160;
const toEnd = () => window.scrollTo(0, document.documentElement.scrollHeight);

document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing || !event.target.closest?.("[data-composer]")) return;
  if (event.target.tagName !== "TEXTAREA") return;
  event.preventDefault();
  if (event.target.value.trim()) event.target.form.requestSubmit();
});

const talk = document.querySelector("[data-talk]");
if (talk) {
  const named = /^#m\d+$/.test(location.hash);
  let near = !named;
  document.addEventListener("scroll", () => { near = atEnd(); }, { passive: true });
  new MutationObserver(() => { if (near) toEnd(); }).observe(talk, { childList: true, subtree: true });
  if (!named) toEnd();
}

// Only a composer that took the place of a sent one is focused: news of the talk must neither open a phone's
// keyboard nor take the focus away from the page this conversation stands in.
let text = document.querySelector("[data-composer] textarea");
document.addEventListener("htmx:after:swap", () => {
  const before = text;
  text = document.querySelector("[data-composer] textarea");
  if (text !== before && document.activeElement === document.body) text?.focus({ preventScroll: true });
});

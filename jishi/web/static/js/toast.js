// Short messages in the one live region of the page; `toast(text)` for other modules, `data-toast` events from htmx.
const SHOWN_MS = 4000;

export function toast(text) {
  const region = document.querySelector("[data-toasts]");
  if (!region || !text) return;
  const item = document.createElement("div");
  item.className = "toast";
  item.textContent = text;
  region.append(item);
  setTimeout(() => item.remove(), SHOWN_MS);
}

// A server answer shows one with the header `HX-Trigger: {"toast": {"text": "…"}}`.
document.addEventListener("toast", (event) => toast(event.detail?.text ?? event.detail?.value));

for (const item of document.querySelectorAll("[data-toasts] .toast:not(:has(a, button))")) setTimeout(() => item.remove(), SHOWN_MS);

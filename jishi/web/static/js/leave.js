// A page that is left ends its stream and what it still asks for; otherwise the browser cuts them off, and a page in a
// frame reports that as an error. A link that only downloads leaves nothing: a little later all goes on.
const ON_AFTER_MS = 3000;
let leaving = false;

function end() {
  leaving = true;
  for (const element of document.querySelectorAll("[hx-get]")) element.dispatchEvent(new Event("htmx:abort"));
  for (const element of document.querySelectorAll("[hx-sse\\:connect]")) element._htmx?.sse?.abortController?.abort();
  setTimeout(stay, ON_AFTER_MS);
}

function stay() {
  leaving = false;
}

document.addEventListener("htmx:before:request", (event) => {
  if (leaving) event.preventDefault();
});
addEventListener("beforeunload", end);
addEventListener("pagehide", end);
addEventListener("pageshow", stay);

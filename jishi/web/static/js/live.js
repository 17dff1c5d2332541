// A page that is left ends its stream itself; otherwise the browser cuts it, and a framed page reports that as an error.
function end() {
  for (const element of document.querySelectorAll("[hx-sse\\:connect]")) element._htmx?.sse?.abortController?.abort();
}

addEventListener("beforeunload", end);
addEventListener("pagehide", end);

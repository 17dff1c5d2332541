// Before htmx puts new content in place, it carries the styles of named elements over: what a person has dragged wider,
// or an extension has marked. Setting such an attribute breaks our content policy, so it goes first.
document.addEventListener("htmx:before:swap", () => {
  for (const one of document.querySelectorAll("[id][style]")) one.removeAttribute("style");
});

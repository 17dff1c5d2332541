// After a refused form, the first marked field gets the focus; a counter says how much text is left.
const focusFirst = () => document.querySelector("main [aria-invalid=true]")?.focus();

document.addEventListener("htmx:after:swap", focusFirst);
focusFirst();

document.addEventListener("input", (event) => {
  const counter = event.target.dataset?.counter && document.getElementById(event.target.dataset.counter);
  if (counter) counter.textContent = `${[...event.target.value].length}/${event.target.maxLength}`;
});

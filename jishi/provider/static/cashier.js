/* Counts the time down and keeps the button from being pressed twice. Nothing depends on it. */
const left = document.querySelector("[data-left]");
if (left) {
  const end = performance.now() + Number(left.dataset.left);
  const tick = () => {
    const seconds = Math.max(0, Math.floor((end - performance.now()) / 1000));
    if (seconds === 0) {
      left.textContent = left.dataset.over;
      clearInterval(timer);
    } else if (seconds < 3600) {
      const minutes = Math.floor(seconds / 60);
      const rest = `${seconds % 60} ${left.dataset.seconds}`;
      left.textContent = minutes ? `${minutes} ${left.dataset.minutes} ${rest}` : rest;
    }
  };
  const timer = setInterval(tick, 1000);
}
const form = document.querySelector("form");
if (form) {
  form.addEventListener("submit", () => {
    form.querySelector("button").disabled = true;
  });
  addEventListener("pageshow", () => {
    form.querySelector("button").disabled = false;
  });
}

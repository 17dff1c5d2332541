// Plus and minus around a number field; the field alone works without this script.
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-step]");
  if (!button) return;
  const input = button.closest(".stepper").querySelector("input");
  if (Number(button.dataset.step) > 0) input.stepUp();
  else input.stepDown();
  input.dispatchEvent(new Event("change", { bubbles: true }));
});

document.addEventListener("change", (event) => {
  const stepper = event.target.closest?.(".stepper");
  if (!stepper) return;
  const input = event.target;
  const low = Number(input.min);
  const high = Number(input.max);
  input.value = Math.min(high, Math.max(low, Math.trunc(Number(input.value)) || low));
  stepper.querySelector("[data-step='-1']").disabled = Number(input.value) <= low;
  stepper.querySelector("[data-step='1']").disabled = Number(input.value) >= high;
});

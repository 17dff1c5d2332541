// The SKU sheet: strike out what can no longer be chosen, show price and stock of what is chosen.
document.addEventListener("change", (event) => {
  const form = event.target.closest?.("form[data-skus]");
  if (form && event.target.type === "radio") refresh(form);
});

// A second press on a chosen option takes the choice back.
document.addEventListener("click", (event) => {
  const radio = event.target.closest?.("form[data-skus] input[type=radio]");
  if (!radio || event.detail === 0) return;
  if (radio.dataset.was) radio.checked = false;
  const form = radio.form;
  for (const other of form.querySelectorAll("input[type=radio]")) other.checked ? (other.dataset.was = "1") : delete other.dataset.was;
  refresh(form);
});

function refresh(form) {
  const skus = JSON.parse(form.dataset.skus);
  const axes = [...form.querySelectorAll("fieldset[data-axis]")];
  const chosen = axes.map((axis) => axis.querySelector("input:checked")?.value ?? "");
  axes.forEach((axis, number) => {
    for (const radio of axis.querySelectorAll("input")) {
      const possible = skus.some((sku) => sku.free > 0 && fits(sku, chosen, number) && sku.options[number] === radio.value);
      radio.closest(".chip").classList.toggle("chip-none", !possible);
      radio.closest(".chip").querySelector("[data-none]").hidden = possible;
    }
  });
  show(form, skus.find((sku) => chosen.every(Boolean) && fits(sku, chosen, -1)), chosen.every(Boolean));
}

const fits = (sku, chosen, except) => chosen.every((value, number) => !value || number === except || sku.options[number] === value);

function show(form, sku, complete) {
  const free = sku?.free ?? 0;
  const stock = form.querySelector("[data-stock]");
  if (sku) form.querySelector("[data-price]").replaceChildren(...priceParts(sku.price));
  const words = !complete ? stock.dataset.choose : free === 0 ? stock.dataset.none : free <= 5 ? stock.dataset.low : stock.dataset.enough;
  stock.textContent = words.replace("{n}", free);
  stock.classList.toggle("urgent", complete && free <= 5);
  for (const button of form.querySelectorAll("button[name=action]")) button.disabled = complete && free === 0;
  const amount = form.querySelector(".stepper input");
  if (free > 0) amount.max = Math.min(free, Number(amount.dataset.max));
  amount.dispatchEvent(new Event("change", { bubbles: true }));
}

function priceParts([before, whole, fraction]) {
  const large = document.createElement("b");
  large.textContent = whole;
  return [before, large, fraction];
}

// The first page: on a narrow screen one face at a time; the tour's buttons also bring their face forward.
const faces = document.querySelector(".faces");
const wide = matchMedia("(min-width: 1280px)");

function bring(name) {
  faces.dataset.shown = name;
  for (const tab of document.querySelectorAll(".stage-tabs a")) {
    if (tab.dataset.face === name) tab.setAttribute("aria-current", "page");
    else tab.removeAttribute("aria-current");
  }
}

function point() {
  const at = document.querySelector(".tour-now")?.dataset.at;
  for (const face of faces.children) face.toggleAttribute("data-pointed", face.id === `face-${at}`);
}

document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-face]");
  if (link) {
    bring(link.dataset.face);
    if (link.target === "desk") sitAt(link.href);
    if (!link.target) event.preventDefault();
    const face = document.getElementById(`face-${link.dataset.face}`);
    if (!link.target && wide.matches) face.querySelector("iframe").focus();
  }
  const desk = event.target.closest("a[data-desk]");
  if (desk) sit(desk);
});

function sitAt(address) {
  const desk = [...document.querySelectorAll("a[data-desk]")].find((one) => address.startsWith(one.href));
  if (desk) sit(desk);
}

function sit(desk) {
  for (const other of document.querySelectorAll("a[data-desk]")) other.removeAttribute("aria-current");
  desk.setAttribute("aria-current", "true");
  desk.closest("details")?.removeAttribute("open");
  document.querySelector("[data-alone=desk]").href = desk.href;
}

document.addEventListener("htmx:after:swap", point);
point();

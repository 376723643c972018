// Light and dark, the panels at the right, the sidebar on a phone, and the keys.

import { deed, stale, toast } from "./server.js";

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-panel]");
  if (button) toggle(button.dataset.panel);
});

export const isOpen = (name) => document.getElementById(`panel-${name}`)?.hidden === false;

function toggle(name, open = !isOpen(name)) {
  for (const other of ["calls", "faults"]) {
    const shown = other === name && open;
    const panel = document.getElementById(`panel-${other}`);
    const had = panel.contains(document.activeElement);
    panel.hidden = !shown;
    const button = document.querySelector(`.tools [data-panel=${other}]`);
    button.setAttribute("aria-expanded", String(shown));
    if (had && !shown) button.focus();
    if (shown) stale(other);
  }
  sessionStorage.setItem("sandbox-panel", open ? name : "");
}

const bar = document.getElementById("sidebar");
const opener = document.querySelector("[data-toggle-sidebar]");
function showSidebar(shown) {
  bar.classList.toggle("shown", shown);
  opener.setAttribute("aria-expanded", String(shown));
  if (shown) bar.querySelector("a, select").focus();
}
opener.addEventListener("click", () => showSidebar(!bar.classList.contains("shown")));

document.addEventListener("change", ({ target }) => {
  if (target.matches("[data-go-to]") && target.value) location.assign(target.value);
});
document.addEventListener("click", async ({ target }) => {
  const button = target.closest("[data-deed]");
  if (!button || (button.dataset.sure && !confirm(button.dataset.sure))) return;
  shown(await deed(button.dataset.deed, button.dataset.what ? { what: button.dataset.what } : {}));
});
document.addEventListener("submit", async (event) => {
  const name = event.target.dataset.deedForm;
  if (!name) return;
  event.preventDefault();
  shown(await deed(name, Object.fromEntries(new FormData(event.target))));
});
function shown(answer) {
  if (answer.error) toast(answer.error);
  else if (!answer.go) location.reload();
}
document.addEventListener("click", ({ target }) => {
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (!menu.contains(target)) menu.removeAttribute("open");
  }
});

const busy = (target) => target.closest?.("input, textarea, select, dialog[open], [contenteditable]");
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") {
    const menu = document.querySelector("details.menu[open]");
    if (menu) {
      menu.removeAttribute("open");
      menu.querySelector("summary").focus();
    } else if (bar.classList.contains("shown")) {
      showSidebar(false);
      opener.focus();
    }
  }
  if (event.ctrlKey || event.metaKey || event.altKey || busy(event.target)) return;
  const job = { p: person, l: () => toggle("calls"), "/": write }[event.key.toLowerCase()];
  if (!job) return;
  event.preventDefault();
  job();
});

function person() {
  if (getComputedStyle(opener).display !== "none") showSidebar(true);
  const select = document.getElementById("person-switch");
  select.focus();
  try {
    select.showPicker();
  } catch {
    // The list has the focus; where it cannot be opened for the person, they open it.
  }
}

function write() {
  const field = document.getElementById("write");
  field?.focus();
  if (field && !field.value) {
    field.value = "/";
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }
}

const form = document.querySelector("[data-fault-form]");
function fit() {
  const kind = form.elements.kind.value;
  for (const field of form.querySelectorAll("[data-for]")) {
    field.hidden = !field.dataset.for.split(" ").includes(kind);
  }
}
form.addEventListener("change", fit);
form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const wanted = {};
  for (const field of form.querySelectorAll("input, select")) {
    if (field.name && !field.closest("[hidden]") && field.value !== "") {
      wanted[field.name] = field.type === "number" ? Number(field.value) : field.value;
    }
  }
  const answer = await deed("fault", { add: wanted });
  form.querySelector("[data-part=error]").textContent = answer.error ?? "";
  stale("faults");
});
document.addEventListener("click", async ({ target }) => {
  const id = target.closest("[data-remove-fault]")?.dataset.removeFault;
  if (!id) return;
  const answer = await deed("fault", { remove: Number(id) });
  if (answer.error) toast(answer.error);
  stale("faults");
});
fit();
const remembered = sessionStorage.getItem("sandbox-panel");
if (remembered && innerWidth > 820) toggle(remembered, true);

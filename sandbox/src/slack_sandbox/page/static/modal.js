// The modal in front of the person: opening, sending, mistakes beside the fields, closing.

import { saved, saves } from "./acts.js";
import { merge } from "./keyed.js";
import { deed, here, part, toast } from "./server.js";

const place = document.getElementById("modal-place");
const current = () => place.querySelector("dialog");
let origin = null;

/** Fetch what modal the person has now, and show it without losing what is typed. */
export async function refreshModal() {
  const content = await part("modal");
  if (!content) return;
  const fresh = content.querySelector("dialog");
  const old = current();
  if (!fresh) return shut(old);
  if (old?.dataset.viewId === fresh.dataset.viewId) return update(old, fresh);
  if (!old) origin = document.activeElement;
  old?.close();
  place.replaceChildren(fresh);
  open(fresh);
}

function shut(old) {
  if (!old) return;
  old.close();
  old.remove();
  const back = origin?.isConnected && origin !== document.body ? origin : document.querySelector("#write, #main");
  back?.focus({ preventScroll: true });
  origin = null;
}

function update(old, fresh) {
  if (old.dataset.hash === fresh.dataset.hash) return;
  old.dataset.hash = fresh.dataset.hash;
  old.dataset.depth = fresh.dataset.depth;
  const arrived = merge(old.querySelector("[data-part=body]"), fresh.querySelector("[data-part=body]"));
  for (const name of ["title", "foot"]) {
    const mine = old.querySelector(`[data-part=${name}]`);
    const theirs = fresh.querySelector(`[data-part=${name}]`);
    if (mine.innerHTML !== theirs.innerHTML) mine.replaceChildren(...theirs.childNodes);
  }
  document.dispatchEvent(new CustomEvent("sandbox:arrived", { detail: arrived }));
}

function open(dialog) {
  dialog.showModal();
  const body = dialog.querySelector("[data-part=body]");
  const first = body.querySelector("[data-autofocus]") || body.querySelector("input, textarea, select");
  // The first field has the focus, and whatever stands above it is read first.
  (first || dialog.querySelector("[type=submit], [data-close]"))?.focus({ preventScroll: true });
  body.scrollTop = 0;
  counters(dialog);
}

function fields(form) {
  const found = {};
  for (const [name, value] of new FormData(form)) if (typeof value === "string") (found[name] ??= []).push(value);
  return found;
}

async function submit(dialog, form) {
  const button = form.querySelector("[type=submit]");
  if (button?.classList.contains("busy")) return;
  button?.classList.add("busy");
  dialog.setAttribute("aria-busy", "true");
  showErrors(dialog, {}, "");
  await saved();
  const answer = await deed("submit", { view_id: dialog.dataset.viewId, fields: fields(form) });
  button?.classList.remove("busy");
  dialog.removeAttribute("aria-busy");
  if (!dialog.isConnected) {
    if (answer.error) toast(answer.error);
    return;
  }
  showErrors(dialog, answer.errors ?? {}, answer.error ?? "");
  refreshModal();
}

/** Put each sentence beside its field, any other above the form; the first field gets the focus. */
function showErrors(dialog, errors, general) {
  let first = null;
  for (const line of dialog.querySelectorAll("[data-error-for]")) {
    const sentence = errors[line.dataset.errorFor] ?? "";
    line.textContent = sentence;
    const field = line.parentElement.querySelector("[data-action-id]");
    if (!field) continue;
    if (field.tagName === "FIELDSET") field.toggleAttribute("data-invalid", Boolean(sentence));
    else if (sentence) field.setAttribute("aria-invalid", "true");
    else field.removeAttribute("aria-invalid");
    if (sentence) first ??= field.tagName === "FIELDSET" ? field.querySelector("input") : field;
  }
  const banner = dialog.querySelector("[data-part=error]");
  banner.textContent = first ? "" : general;
  first?.focus();
}

async function close(dialog, all) {
  const clear = all && Number(dialog.dataset.depth) > 1;
  const answer = await deed("close", { view_id: dialog.dataset.viewId, clear });
  if (answer.error && answer.field !== "view_id") toast(answer.error);
  refreshModal();
}

function counters(root) {
  for (const field of root.querySelectorAll("textarea[maxlength], input[maxlength]")) count(field);
}

function count(field) {
  const left = field.maxLength - field.value.length;
  let shown = field.parentElement.querySelector(".count");
  if (left > Math.min(100, field.maxLength / 2)) return shown?.remove();
  if (!shown) {
    shown = Object.assign(document.createElement("span"), { className: "count" });
    field.after(shown);
  }
  shown.textContent = `${left} left`;
}

/** Hand files over as soon as they are chosen; the form then sends their ids. */
async function upload(field) {
  for (const old of field.parentElement.querySelectorAll("[data-file]")) old.remove();
  const form = new FormData();
  for (const file of [...field.files].slice(0, Number(field.dataset.max))) form.append("files", file);
  const job = fetch(`${here}/upload`, { method: "POST", body: form }).then((response) => response.json());
  saves.add(job);
  try {
    for (const { id } of (await job).files) {
      const hidden = Object.assign(document.createElement("input"), { type: "hidden", name: field.name, value: id });
      hidden.dataset.file = id;
      field.after(hidden);
    }
  } catch {
    toast("The file could not be taken over.");
  } finally {
    saves.delete(job);
  }
}

place.addEventListener("change", ({ target }) => {
  if (target.type === "file") upload(target);
});
place.addEventListener("submit", (event) => {
  event.preventDefault();
  submit(current(), event.target);
});
place.addEventListener("click", (event) => {
  const button = event.target.closest("[data-close]");
  if (button) close(current(), button.dataset.close === "all");
});
place.addEventListener("input", ({ target }) => {
  if (target.maxLength > 0) count(target);
});
place.addEventListener(
  "cancel",
  (event) => {
    event.preventDefault();
    close(current(), false);
  },
  true,
);
if (current()) open(current());

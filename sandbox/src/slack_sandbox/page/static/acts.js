// Buttons, menus and fields of messages, Home tabs and modals.

import { deed, toast } from "./server.js";

/** What is on its way to the sandbox. */
export const saves = new Set();

/** Wait until everything entered so far has reached the sandbox. */
export const saved = () => Promise.allSettled([...saves]);

function where(element) {
  const view = element.closest("[data-view-id]");
  if (view) return { view_id: view.dataset.viewId };
  const message = element.closest("[data-ts]");
  return message ? { ts: message.dataset.ts } : null;
}

function valueOf(element) {
  if (element.tagName === "FIELDSET") {
    const ticked = [...element.querySelectorAll("input:checked")].map((input) => input.value);
    return element.dataset.type === "radio_buttons" ? ticked[0] ?? null : ticked;
  }
  if (element.tagName === "BUTTON" || element.tagName === "A") return element.dataset.value;
  return element.value;
}

function values(element) {
  const { blockId, actionId } = element.dataset;
  return { ...where(element), block_id: blockId, action_id: actionId, value: valueOf(element) };
}

async function act(element) {
  if (!where(element) || element.classList.contains("busy")) return;
  element.classList.add("busy");
  element.setAttribute("aria-busy", "true");
  await saved();
  const answer = await deed("click", values(element));
  element.classList.remove("busy");
  element.removeAttribute("aria-busy");
  if (answer.error) toast(answer.error);
}

function save(element) {
  if (!where(element) || element.type === "file") return;
  const saving = deed("click", values(element));
  saves.add(saving);
  saving.finally(() => saves.delete(saving));
}

/** Ask what the app wants asked first; true when the person goes on. */
function confirmed(element) {
  const id = element.id.replace(/(-\d+)$/, "");
  const asked = [element.id, id].map((one) => document.querySelector(`template[data-confirm-for="${CSS.escape(one)}"]`)).find(Boolean);
  if (!asked) return Promise.resolve(true);
  const dialog = document.getElementById("confirm");
  const inner = dialog.querySelector(".confirm-inner");
  const content = asked.content.cloneNode(true);
  content.querySelector("h2").id = "confirm-title";
  const buttons = document.createElement("div");
  buttons.className = "confirm-buttons";
  for (const part of ["deny", "confirm"]) {
    const label = content.querySelector(`[data-part="${part}"]`);
    const button = document.createElement("button");
    button.type = "button";
    button.className = part === "confirm" ? `btn ${asked.dataset.style}` : "btn";
    button.textContent = label.textContent;
    button.addEventListener("click", () => dialog.close(part));
    label.remove();
    buttons.append(button);
  }
  inner.replaceChildren(content, buttons);
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "confirm"), { once: true });
  });
}

document.addEventListener("click", async (event) => {
  const button = event.target.closest("button[data-acts], a[data-acts]");
  if (!button) return;
  button.closest("details.menu")?.removeAttribute("open");
  if (await confirmed(button)) act(button);
});

const before = new WeakMap();
document.addEventListener("focusin", ({ target }) => {
  if (target.matches?.("select[data-acts], input[data-acts]")) before.set(target, target.value);
  else if (target.matches?.(".suggest-query") && !target.value) suggest(target);
});

const texts = new Set(["plain_text_input", "rich_text_input", "number_input", "email_text_input", "url_text_input"]);

document.addEventListener("change", async ({ target }) => {
  if (target.matches(".suggest select")) target.size = 1;
  const element = target.closest("fieldset[data-action-id]") || target.closest("[data-action-id]");
  if (!element || !("actionId" in element.dataset)) return;
  if (tooMany(element, target)) return;
  const acts = "acts" in element.dataset;
  if (acts && texts.has(element.dataset.type)) return;
  if (!acts) {
    save(element);
  } else if (await confirmed(element)) {
    before.set(element, element.value);
    act(element);
  } else if (target.type === "checkbox") {
    target.checked = !target.checked;
  } else if (before.has(element)) {
    element.value = before.get(element);
  }
});

function tooMany(element, target) {
  const most = Number(element.dataset.max);
  if (element.tagName !== "FIELDSET" || !most || element.querySelectorAll("input:checked").length <= most) return false;
  target.checked = false;
  toast(`Choose at most ${most}.`);
  return true;
}

document.addEventListener("keydown", (event) => {
  const field = event.target;
  if (event.key !== "Enter" || event.isComposing || !field.matches?.("input[data-acts]") || !texts.has(field.dataset.type)) return;
  event.preventDefault();
  if ((field.dataset.dispatchOn || "on_enter_pressed").includes("on_enter_pressed")) act(field);
});

let typing;
document.addEventListener("input", ({ target }) => {
  if (target.matches?.(".picker-filter")) filter(target);
  else if (target.matches?.(".suggest-query")) later(() => suggest(target));
  else if ("acts" in target.dataset && target.dataset.dispatchOn?.includes("on_character_entered")) later(() => act(target));
});

function later(job) {
  clearTimeout(typing);
  typing = setTimeout(job, 300);
}

function filter(field) {
  const wanted = field.value.toLocaleLowerCase();
  for (const tick of field.closest(".picker").querySelectorAll(".tick")) {
    tick.hidden = !tick.textContent.toLocaleLowerCase().includes(wanted);
  }
}

/** Fill an external menu with what the app offers for the words typed; a list, so typing goes on. */
async function suggest(field) {
  if (field.value.length < Number(field.dataset.min)) return;
  const menu = document.getElementById(field.dataset.suggests);
  const { actionId } = menu.dataset;
  const answer = await deed("suggest", { ...where(menu), action_id: actionId, value: field.value });
  if (answer.error) return toast(answer.error);
  const groups = answer.response?.option_groups ?? [{ options: answer.response?.options ?? [] }];
  const options = groups.flatMap((group) => group.options);
  if (menu.tagName === "SELECT") {
    const kept = [...menu.options].filter((option) => option.value === "" || option.selected);
    menu.replaceChildren(...kept, ...options.map((one) => new Option(one.text.text, one.value)));
    menu.size = options.length && field.value ? Math.min(menu.options.length, 8) : 1;
  } else {
    fillTicks(menu, options);
  }
}

function fillTicks(menu, options) {
  const list = menu.querySelector(".picker-list");
  const kept = [...list.children].filter((tick) => tick.querySelector("input:checked"));
  const held = new Set(kept.map((tick) => tick.querySelector("input").value));
  const name = JSON.stringify([menu.dataset.blockId, menu.dataset.actionId]);
  const made = options.filter((one) => !held.has(one.value)).map((one) => {
    const tick = document.createElement("label");
    const box = Object.assign(document.createElement("input"), { type: "checkbox", name, value: one.value });
    const text = document.createElement("span");
    tick.className = "tick";
    text.textContent = one.text.text;
    tick.append(box, text);
    return tick;
  });
  list.replaceChildren(...kept, ...made);
}

// Writing: a draft that survives a reload, Enter to send, commands to choose from after a slash.

import { deed, here, stale, toast } from "./server.js";
import { refreshModal } from "./modal.js";

for (const form of document.querySelectorAll("[data-composer]")) compose(form);

function compose(form) {
  const field = form.querySelector("textarea");
  const list = form.querySelector(".completions");
  const commands = JSON.parse(form.dataset.commands);
  const draft = `draft:${here}:${form.dataset.thread ?? ""}`;
  let shown = [];
  let at = -1;

  field.value = sessionStorage.getItem(draft) ?? "";
  resize();

  function resize() {
    field.style.height = "auto";
    field.style.height = `${field.scrollHeight}px`;
  }

  function complete() {
    const typed = field.value;
    const wanted = /^\/\S*$/.test(typed) && !form.dataset.thread;
    shown = wanted ? commands.filter((one) => one.command.startsWith(typed)) : [];
    at = shown.length ? 0 : -1;
    list.replaceChildren(...shown.map(option));
    list.hidden = !shown.length;
    mark();
  }

  function option(one, index) {
    const row = document.createElement("div");
    row.className = "completion";
    row.id = `${list.id}-${index}`;
    row.setAttribute("role", "option");
    for (const [kind, text] of [["b", one.command], ["usage", one.hint], ["what", [one.description, one.app].filter(Boolean).join(" · ")]]) {
      if (!text) continue;
      const piece = document.createElement(kind === "b" ? "b" : "span");
      if (kind !== "b") piece.className = kind;
      piece.textContent = text;
      row.append(piece, " ");
    }
    row.addEventListener("mousedown", (event) => {
      event.preventDefault();
      choose(index);
    });
    return row;
  }

  function mark() {
    [...list.children].forEach((row, index) => row.setAttribute("aria-selected", String(index === at)));
    if (at >= 0) {
      field.setAttribute("aria-activedescendant", `${list.id}-${at}`);
      list.children[at].scrollIntoView({ block: "nearest" });
    } else field.removeAttribute("aria-activedescendant");
  }

  function choose(index) {
    field.value = `${shown[index].command} `;
    changed();
    field.focus();
  }

  function changed() {
    sessionStorage.setItem(draft, field.value);
    resize();
    complete();
  }

  async function send() {
    const text = field.value.trim();
    if (!text) return;
    field.value = "";
    changed();
    form.classList.add("busy");
    const answer = await deed("say", { text, thread_ts: form.dataset.thread });
    form.classList.remove("busy");
    if (answer.error) {
      toast(answer.error);
      if (!field.value && answer.field) {
        field.value = text;
        changed();
      }
    }
    const log = document.getElementById(form.dataset.thread ? "part-thread" : "part-messages");
    if (log) log.scrollTop = log.scrollHeight;
    stale("messages", "thread");
    refreshModal();
  }

  field.addEventListener("input", changed);
  field.addEventListener("blur", () => (list.hidden = true));
  field.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    const open = !list.hidden;
    if (open && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
      event.preventDefault();
      at = (at + (event.key === "ArrowDown" ? 1 : shown.length - 1)) % shown.length;
      mark();
    } else if (open && event.key === "Escape") {
      list.hidden = true;
    } else if (open && (event.key === "Tab" || (event.key === "Enter" && shown[at].command !== field.value))) {
      event.preventDefault();
      choose(at);
    } else if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      send();
    }
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    send();
  });
}

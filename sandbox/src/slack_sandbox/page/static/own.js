// Changing and deleting messages that are there.

import { deed, stale, toast } from "./server.js";

document.addEventListener("click", async ({ target }) => {
  const edit = target.closest("[data-edit]");
  if (edit) return open(edit);
  const row = target.closest("[data-delete]")?.closest("[data-ts]");
  if (row) done(await deed("delete", { ts: row.dataset.ts }));
});

function done(answer) {
  if (answer.error) toast(answer.error);
  else stale("messages", "thread");
  return !answer.error;
}

/** Put a field where the message's words are, until they are saved or left as they were. */
function open(button) {
  const row = button.closest("[data-ts]");
  const body = row.querySelector(".message-body");
  if (body.hidden) return;
  const form = document.createElement("form");
  const field = document.createElement("textarea");
  field.value = button.dataset.edit;
  field.setAttribute("aria-label", "Your message");
  const buttons = document.createElement("div");
  buttons.className = "edit-buttons";
  const save = Object.assign(document.createElement("button"), { className: "btn btn-primary", textContent: "Save" });
  const cancel = Object.assign(document.createElement("button"), { type: "button", className: "btn", textContent: "Cancel" });
  buttons.append(save, cancel);
  form.append(field, buttons);
  const shut = () => {
    form.remove();
    body.hidden = false;
    button.focus();
  };
  cancel.addEventListener("click", shut);
  form.addEventListener("keydown", (event) => {
    if (event.key === "Escape") shut();
    else if (event.key === "Enter" && !event.shiftKey && event.target === field && !event.isComposing) {
      event.preventDefault();
      form.requestSubmit();
    }
  });
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (done(await deed("edit", { ts: row.dataset.ts, text: field.value }))) shut();
  });
  body.hidden = true;
  body.after(form);
  field.focus();
}

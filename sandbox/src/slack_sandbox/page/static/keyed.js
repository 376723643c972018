// Replacing a list piece by piece: what has not changed stays, with what is typed in it.

/** Make `old` hold what `fresh` holds; children are the same when key and hash are. */
export function merge(old, fresh) {
  const held = new Map([...old.children].map((child) => [child.dataset.key, child]));
  const arrived = [];
  let cursor = old.firstElementChild;
  for (const child of [...fresh.children]) {
    const before = held.get(child.dataset.key);
    held.delete(child.dataset.key);
    if (before && before.dataset.hash === child.dataset.hash) {
      if (before === cursor) cursor = cursor.nextElementSibling;
      else old.insertBefore(before, cursor);
      continue;
    }
    if (before) {
      carry(before, child);
      if (before === cursor) cursor = cursor.nextElementSibling;
      replace(before, child);
    } else {
      old.insertBefore(child, cursor);
    }
    arrived.push(child);
  }
  for (const child of held.values()) child.remove();
  return arrived;
}

/** Put `child` where `before` is; the focus stays on the field that had it. */
function replace(before, child) {
  const active = before.contains(document.activeElement) ? document.activeElement : null;
  before.replaceWith(child);
  if (!active) return;
  const same = active.id ? document.getElementById(active.id) : null;
  (same || child.querySelector("input, select, textarea, button"))?.focus({ preventScroll: true });
}

/** Take over what has been entered in a modal's fields that are still there. */
function carry(before, child) {
  if (!before.closest("dialog")) return;
  for (const field of before.querySelectorAll("[name]")) {
    const ticks = field.type === "checkbox" || field.type === "radio";
    const twins = [...child.querySelectorAll("[name]")].filter((one) => one.name === field.name);
    const twin = ticks ? twins.find((one) => one.value === field.value) : twins[0];
    if (!twin || field.type === "file") continue;
    if (ticks) twin.checked = field.checked;
    else if (twin.tagName !== "SELECT" || [...twin.options].some((o) => o.value === field.value)) twin.value = field.value;
  }
}

function swap(target, fragment) {
  const list = target.querySelector("[data-merge]");
  const fresh = fragment.querySelector("[data-merge]");
  if (!list || !fresh) {
    const arrived = [...fragment.children];
    target.replaceChildren(...fragment.childNodes);
    return arrived;
  }
  const arrived = merge(list, fresh);
  for (const name of ["data-view-id", "data-hash"]) {
    if (fresh.hasAttribute(name)) list.setAttribute(name, fresh.getAttribute(name));
  }
  for (const child of [...target.children]) if (child !== list) child.remove();
  const around = [...fresh.parentNode.children];
  const at = around.indexOf(fresh);
  list.before(...around.slice(0, at));
  list.after(...around.slice(at + 1));
  return arrived;
}

htmx.defineExtension("keyed", {
  isInlineSwap: (style) => style === "keyed",
  handleSwap: (style, target, fragment) => {
    if (style !== "keyed") return false;
    const log = target.getAttribute("role") === "log";
    const atEnd = target.scrollHeight - target.scrollTop - target.clientHeight < 80;
    const arrived = swap(target, fragment);
    if (log && atEnd) target.scrollTop = target.scrollHeight;
    document.dispatchEvent(new CustomEvent("sandbox:arrived", { detail: arrived }));
    return arrived;
  },
});

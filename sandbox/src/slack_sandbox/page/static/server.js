// Talking to the sandbox, and saying what went wrong.

const body = document.body;
export const here = body.dataset.here;

/** Do something as the person; returns the answer, with `error` when it did not work. */
export async function deed(name, values) {
  try {
    const response = await fetch(`${here}/${name}`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(values),
    });
    const answer = await response.json();
    if (answer.go) location.assign(answer.go);
    return answer;
  } catch {
    return { error: "The sandbox did not answer. Is it still running?" };
  }
}

/** Fetch a part of the page as elements. */
export async function part(name) {
  const response = await fetch(`${here}/${name}`);
  if (!response.ok) return null;
  const holder = document.createElement("template");
  holder.innerHTML = await response.text();
  return holder.content;
}

/** Say that parts of the page are stale, so that they are fetched again. */
export function stale(...names) {
  for (const name of names) htmx.trigger(body, `stale-${name}`);
}

/** Show a sentence for a while; it can be read in peace while the pointer or focus is on it. */
export function toast(sentence) {
  const place = document.getElementById("toasts");
  const box = document.createElement("div");
  box.className = "toast";
  const text = document.createElement("span");
  text.textContent = sentence;
  const dismiss = document.createElement("button");
  dismiss.type = "button";
  dismiss.className = "btn btn-icon";
  dismiss.setAttribute("aria-label", "Dismiss");
  dismiss.textContent = "✕";
  const remove = () => {
    box.remove();
    if (!place.children.length && place.matches(":popover-open")) place.hidePopover();
  };
  dismiss.addEventListener("click", remove);
  box.append(text, dismiss);
  // Shown again, so that it stands above a modal that was opened in between.
  if (place.matches(":popover-open")) place.hidePopover();
  place.append(box);
  place.showPopover();
  const later = () => setTimeout(() => (box.matches(":hover, :focus-within") ? later() : remove()), 8000);
  later();
}

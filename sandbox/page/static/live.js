// Hearing from the sandbox what has changed, and fetching just that.

import { here, stale } from "./server.js";
import { refreshModal } from "./modal.js";
import { isOpen } from "./panels.js";

function refresh(names) {
  for (const name of names) {
    if (name === "all") location.reload();
    else if (name === "modal") refreshModal();
    else if (!["calls", "faults"].includes(name) || isOpen(name)) stale(name);
  }
}

const source = new EventSource(`${here}/live`);
source.onmessage = (event) => refresh(JSON.parse(event.data));
addEventListener("pagehide", () => source.close());
addEventListener("pageshow", (event) => event.persisted && location.reload());

// What nobody looks at is not read.
document.body.addEventListener("htmx:configRequest", ({ detail }) => {
  if (detail.path.includes("/messages") && document.hidden) detail.parameters.seen = "0";
});
document.addEventListener("visibilitychange", () => {
  if (!document.hidden) stale("messages");
});

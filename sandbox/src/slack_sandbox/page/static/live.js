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

// Browsers keep few connections to one server, so a page that nobody sees lets go of its own.
// Whenever it connects, the sandbox names every part.
let source = null;
function listen() {
  if (document.hidden || source) return;
  source = new EventSource(`${here}/live`);
  source.onmessage = (event) => refresh(JSON.parse(event.data));
}
function hangUp() {
  source?.close();
  source = null;
}
listen();
document.addEventListener("visibilitychange", () => (document.hidden ? hangUp() : listen()));
addEventListener("pagehide", hangUp);
addEventListener("pageshow", (event) => event.persisted && location.reload());

// What nobody looks at is not read.
document.body.addEventListener("htmx:configRequest", ({ detail }) => {
  if (detail.path.includes("/messages") && document.hidden) detail.parameters.seen = "0";
});

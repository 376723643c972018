// What every page has; the workspace's own scripts only where there is a workspace.

document.addEventListener("click", (event) => {
  if (!event.target.closest("[data-toggle-theme]")) return;
  const theme = document.documentElement.dataset.theme === "dark" ? "light" : "dark";
  document.documentElement.dataset.theme = theme;
  localStorage.setItem("sandbox-theme", theme);
});

if (document.body.classList.contains("client")) {
  await import("./keyed.js");
  const { enhanceTables } = await import("./tables.js");
  await Promise.all(["acts", "modal", "composer", "own", "clock", "panels", "live"].map((name) => import(`./${name}.js`)));
  document.addEventListener("sandbox:arrived", ({ detail }) => detail.forEach(enhanceTables));
  enhanceTables(document);
  const log = document.getElementById("part-messages");
  const target = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (target) target.scrollIntoView({ block: "center" });
  else if (log) stayAtEnd(log);
  document.getElementById("part-thread")?.scrollTo(0, 1e9);
  document.documentElement.dataset.ready = "1";
}

/** Keep the last message in sight when the room for messages shrinks, unless someone reads above. */
function stayAtEnd(log) {
  let atEnd = true;
  const follow = () => {
    if (atEnd) log.scrollTop = log.scrollHeight;
  };
  follow();
  log.addEventListener("scroll", () => (atEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 80));
  new ResizeObserver(follow).observe(log);
}

// Before the first paint: light or dark, as chosen before or as the system says.
(() => {
  const chosen = localStorage.getItem("sandbox-theme");
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const apply = () => {
    const theme = localStorage.getItem("sandbox-theme") || (dark.matches ? "dark" : "light");
    document.documentElement.dataset.theme = theme;
  };
  document.documentElement.dataset.theme = chosen || "light";
  apply();
  dark.addEventListener("change", apply);
})();

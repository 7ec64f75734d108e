// Set before the first paint, so that a dark screen never flashes white.
(function () {
  "use strict";
  const root = document.documentElement;
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  function apply() {
    const chosen = root.dataset.theme;
    root.setAttribute("data-bs-theme", chosen === "light" || chosen === "dark" ? chosen : dark.matches ? "dark" : "light");
  }
  apply();
  dark.addEventListener("change", apply);
})();

// The search box: opens with / or Ctrl-K, is moved through with the arrows, opens the choice with Enter.
(function () {
  "use strict";
  const box = document.getElementById("search-box");
  if (!box) return;
  const input = document.getElementById("search-input");
  const answer = document.getElementById("search-answer");
  const status = document.getElementById("search-status");

  const opened = document.getElementById("search-opened");

  // The last five records that were opened, by their ids alone. Browsers may refuse to keep anything.
  function remember() {
    try {
      const here = opened.dataset.record;
      let known = (localStorage.getItem("rollcall.opened") || "").split(",").filter(Boolean);
      opened.value = known.filter(function (each) { return each !== here; }).slice(0, 5).join(",");
      if (!here) return;
      known = [here].concat(known.filter(function (each) { return each !== here; })).slice(0, 6);
      localStorage.setItem("rollcall.opened", known.join(","));
    } catch (_refused) { opened.value = ""; }
  }
  remember();

  function list() { return document.getElementById("search-options"); }
  function options() { return Array.from(list().querySelectorAll("[role=option]")); }
  function chosen() { return list().querySelector("[aria-selected=true]"); }

  function choose(option) {
    options().forEach(function (each) { each.setAttribute("aria-selected", String(each === option)); });
    if (!option) return input.removeAttribute("aria-activedescendant");
    input.setAttribute("aria-activedescendant", option.id);
    option.scrollIntoView({ block: "nearest" });
  }

  function open() {
    if (box.open) return;
    box.showModal();
    input.select();
    input.dispatchEvent(new CustomEvent("search:open"));
  }

  // Whoever opens the box before htmx has seen it is answered as soon as it has.
  input.addEventListener("htmx:after:init", function () {
    if (box.open) input.dispatchEvent(new CustomEvent("search:open"));
  });

  // What is typed somewhere else must stay there; Ctrl-K is a command everywhere.
  function typing(target) { return target.closest("input, textarea, select, [contenteditable]:not([contenteditable=false])"); }

  document.addEventListener("keydown", function (event) {
    const command = (event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey && event.key.toLowerCase() === "k";
    const slash = event.key === "/" && !event.ctrlKey && !event.metaKey && !event.altKey && !typing(event.target);
    if (!command && !slash) return;
    if (slash && document.querySelector("dialog[open]")) return;
    event.preventDefault();
    open();
  });

  document.addEventListener("click", function (event) {
    const opener = event.target.closest("[data-search-open]");
    if (!opener || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    open();
  });

  input.addEventListener("keydown", function (event) {
    const all = options();
    const steps = { ArrowDown: 1, ArrowUp: -1 };
    if (event.key in steps && all.length) {
      event.preventDefault();
      const place = all.indexOf(chosen()) + steps[event.key];
      choose(all[(place + all.length) % all.length]);
    }
    // Choices for what was typed before do not count; then the form asks for the whole page.
    if (event.key === "Enter" && chosen() && list().dataset.question === input.value.trim()) {
      event.preventDefault();
      chosen().click();
    }
  });

  // What is about to go can no longer be the chosen one: a screen reader would be pointed at nothing.
  input.addEventListener("htmx:before:swap", function () { input.removeAttribute("aria-activedescendant"); });

  // An answer came: its first choice is chosen, and a reader who hears the page learns how many there are.
  input.addEventListener("htmx:after:swap", function () {
    const all = options();
    input.setAttribute("aria-expanded", String(all.length > 0));
    choose(all[0] || null);
    const nothing = answer.querySelector("[data-nothing]");
    status.textContent = nothing ? nothing.textContent.trim() : list().dataset.said;
  });

  answer.addEventListener("mousemove", function (event) {
    const option = event.target.closest("[role=option]");
    if (option && option !== chosen()) choose(option);
  });
})();

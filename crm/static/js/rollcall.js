// Small helpers for every page. All of them only add comfort: each page works without.
(function () {
  "use strict";

  // Close what a button belongs to.
  document.addEventListener("click", function (event) {
    const button = event.target.closest("[data-dismiss]");
    if (button) button.closest(button.dataset.dismiss).remove();
  });

  // Messages go away by themselves, but stay while somebody reads or could undo.
  function schedule(toast) {
    if (toast.dataset.toast) return;
    toast.dataset.toast = "leaving";
    const undo = toast.querySelector("form");
    setTimeout(function close() {
      if (toast.matches(":hover, :focus-within")) return setTimeout(close, 2000);
      toast.remove();
    }, undo ? 15000 : 6000);
  }
  function scheduleAll() { document.querySelectorAll("[data-toast]").forEach(schedule); }
  scheduleAll();
  document.addEventListener("htmx:after:swap", scheduleAll);

  // Choosing rows of a list: one box chooses the page, the bar shows how many.
  function refreshChoice(list) {
    const boxes = list.querySelectorAll("[data-row-choice]");
    const chosen = list.querySelectorAll("[data-row-choice]:checked").length;
    const all = list.querySelector("[data-choose-page]");
    const bar = list.querySelector("[data-bulk-bar]");
    if (all) {
      all.checked = chosen > 0 && chosen === boxes.length;
      all.indeterminate = chosen > 0 && chosen < boxes.length;
    }
    if (bar) {
      bar.hidden = chosen === 0;
      const whole = bar.querySelector("[data-whole-list]");
      const wanted = whole && whole.querySelector("input");
      if (whole) whole.hidden = !(all && all.checked);
      // Whoever takes one out again does not mean the whole list any more.
      if (wanted && whole.hidden) wanted.checked = false;
      const count = wanted && wanted.checked && whole.dataset.wholeList || chosen;
      bar.querySelectorAll("[data-chosen-count]").forEach(function (each) { each.textContent = count; });
    }
  }
  document.addEventListener("change", function (event) {
    const list = event.target.closest("[data-list]");
    if (!list) return;
    if (event.target.matches("[data-choose-page]")) {
      list.querySelectorAll("[data-row-choice]").forEach(function (box) { box.checked = event.target.checked; });
    }
    if (event.target.matches("[data-choose-page], [data-row-choice], [name=whole_list]")) refreshChoice(list);
  });
  // Coming back to a list, the browser ticks what was ticked and tells nobody.
  window.addEventListener("pageshow", function () { document.querySelectorAll("[data-list]").forEach(refreshChoice); });

  // With shift held, a click chooses every row from the last one clicked.
  let lastChosen = null;
  document.addEventListener("click", function (event) {
    if (!event.target.matches("[data-row-choice]")) return;
    const list = event.target.closest("[data-list]");
    const boxes = Array.from(list.querySelectorAll("[data-row-choice]"));
    const ends = [boxes.indexOf(lastChosen), boxes.indexOf(event.target)].sort(function (a, b) { return a - b; });
    if (event.shiftKey && ends[0] >= 0) {
      boxes.slice(ends[0], ends[1] + 1).forEach(function (box) { box.checked = event.target.checked; });
      refreshChoice(list);
    }
    lastChosen = event.target;
  });

  // A table wider than its place shows by a shadow that there is more on either side.
  function showMore(place) {
    place.parentElement.toggleAttribute("data-more", place.scrollLeft + place.clientWidth < place.scrollWidth - 1);
    place.parentElement.toggleAttribute("data-before", place.scrollLeft > 0);
  }
  // The open one of a row of tabs that is wider than its place is seen whole.
  document.querySelectorAll("[data-scrolls] > [aria-current]").forEach(function (tab) {
    const place = tab.parentElement;
    const over = tab.getBoundingClientRect().right - place.getBoundingClientRect().right;
    if (over > 0) place.scrollLeft += over;
  });
  function showMoreEverywhere() { document.querySelectorAll("[data-scrolls]").forEach(showMore); }
  document.addEventListener("scroll", function (event) {
    if (event.target.matches && event.target.matches("[data-scrolls]")) showMore(event.target);
  }, true);
  window.addEventListener("resize", showMoreEverywhere);
  document.addEventListener("htmx:after:swap", showMoreEverywhere);
  showMoreEverywhere();

  // Forms that send themselves when something in them is chosen.
  document.addEventListener("change", function (event) {
    const form = event.target.closest("form[data-auto-submit]");
    if (form && event.target.matches("select, input[type=checkbox], input[type=radio], input[type=date]")) form.requestSubmit();
  });

  // Ask before what was typed into a form is lost; the browser puts the question.
  document.addEventListener("input", function (event) {
    const form = event.target.closest("form[data-warn]");
    if (form) form.toggleAttribute("data-changed", true);
  });
  document.addEventListener("submit", function (event) { event.target.removeAttribute("data-changed"); });
  window.addEventListener("beforeunload", function (event) {
    if (document.querySelector("form[data-changed]")) event.preventDefault();
  });

  // Ask before a step that destroys something; the question stands in the page's language.
  document.addEventListener("submit", function (event) {
    const question = event.target.dataset.confirm;
    if (question && !window.confirm(question)) event.preventDefault();
  });

  // A double click sends a form once: heard before htmx and the form itself hear it.
  document.addEventListener("submit", function (event) {
    const form = event.target;
    const again = function () { form.removeAttribute("data-sent"); };
    if (form.getAttribute("method") !== "post" && !form.hasAttribute("hx-post")) return;
    if (form.hasAttribute("data-sent")) {
      event.preventDefault();
      return event.stopImmediatePropagation();
    }
    form.setAttribute("data-sent", "");
    form.addEventListener("htmx:finally:request", again, { once: true });
    setTimeout(again, 2000);
  }, true);

  // A dialog that htmx put into the page opens itself and goes away when closed.
  document.addEventListener("htmx:after:swap", function () {
    document.querySelectorAll("dialog[data-open]:not([open])").forEach(function (dialog) {
      dialog.addEventListener("close", function () { dialog.remove(); });
      dialog.showModal();
    });
    document.querySelectorAll("[data-autofocus]").forEach(function (field) {
      field.removeAttribute("data-autofocus");
      field.focus();
      if (field.select && field.type !== "date") field.select();
    });
    document.querySelectorAll("[data-list]").forEach(refreshChoice);
  });
  document.addEventListener("click", function (event) {
    if (event.target.closest("[data-close-dialog]")) event.target.closest("dialog").close();
    if (event.target.matches("dialog")) event.target.close();
  });

  // Escape leaves an open field as it was.
  document.addEventListener("keydown", function (event) {
    if (event.key !== "Escape") return;
    const form = event.target.closest("form[data-inline-edit]");
    const cancel = form && form.querySelector("[data-cancel]");
    if (cancel) cancel.click();
  });

  // One more row in a group of fields (another email, another phone).
  document.addEventListener("click", function (event) {
    const button = event.target.closest("[data-add-row]");
    if (!button) return;
    const group = button.closest("[data-rows]");
    const template = group.querySelector("template");
    const index = group.querySelectorAll("[data-row]").length;
    const holder = document.createElement("div");
    holder.innerHTML = template.innerHTML.replaceAll("__index__", index);
    button.before(...holder.children);
    const rows = group.querySelectorAll("[data-row]");
    const field = rows[rows.length - 1].querySelector("input:not([type=hidden]), textarea, select");
    if (field) field.focus();
  });

  // A tag in use, put among the tags of the form by a click.
  document.addEventListener("click", function (event) {
    const button = event.target.closest("[data-add-tag]");
    if (!button) return;
    const field = button.closest("form").querySelector("[name=tags]");
    const names = field.value.split(",").map(function (name) { return name.trim(); }).filter(Boolean);
    if ("completes" in button.dataset) names.pop();
    if (!names.includes(button.dataset.addTag)) names.push(button.dataset.addTag);
    field.value = names.join(", ");
    field.focus();
    field.dispatchEvent(new Event("input", { bubbles: true }));
  });

  // A file dropped on the place for it is as good as a chosen one.
  document.querySelectorAll("[data-drop]").forEach(function (place) {
    const field = place.querySelector("input[type=file]");
    ["dragenter", "dragover"].forEach(function (name) {
      place.addEventListener(name, function (event) { event.preventDefault(); place.setAttribute("data-over", ""); });
    });
    ["dragleave", "drop"].forEach(function (name) {
      place.addEventListener(name, function () { place.removeAttribute("data-over"); });
    });
    place.addEventListener("drop", function (event) {
      event.preventDefault();
      if (event.dataTransfer.files.length) field.files = event.dataTransfer.files;
    });
  });

  document.addEventListener("click", function (event) {
    if (event.target.closest("[data-print]")) window.print();
  });

  // An open menu closes on a click elsewhere, after a choice, and on Escape.
  document.addEventListener("click", function (event) {
    document.querySelectorAll("details[data-menu][open]").forEach(function (menu) {
      if (!menu.contains(event.target) || event.target.closest("a, button")) menu.open = false;
    });
  });
  document.addEventListener("keydown", function (event) {
    const menu = event.key === "Escape" && event.target.closest("details[data-menu][open]");
    if (menu) { menu.open = false; menu.querySelector("summary").focus(); }
  });

  // Put a text into the clipboard, and say so on the button.
  document.addEventListener("click", function (event) {
    const button = event.target.closest("[data-copy]");
    if (!button) return;
    const source = document.querySelector(button.dataset.copy);
    source.select();
    navigator.clipboard.writeText(source.value).then(function () {
      button.querySelector("span").textContent = button.dataset.copied;
    });
  });

  // A choice that shows the field which belongs to it and hides the others.
  function showChosen(select) {
    select.form.querySelectorAll("[data-shown-for]").forEach(function (part) {
      part.hidden = !part.dataset.shownFor.split(" ").includes(select.value);
    });
  }
  document.querySelectorAll("select[data-shows]").forEach(showChosen);
  document.addEventListener("change", function (event) {
    if (event.target.matches("select[data-shows]")) showChosen(event.target);
  });
})();

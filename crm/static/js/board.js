// Cards of a board can be dragged into another column; the buttons on them do the same. The server decides.
(function () {
  "use strict";

  function makeDraggable() {
    document.querySelectorAll("[data-board] [data-card]").forEach(function (card) { card.draggable = true; });
  }
  let dragged = null;

  document.addEventListener("dragstart", function (event) {
    dragged = event.target.closest && event.target.closest("[data-board] [data-card]");
    if (!dragged) return;
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", dragged.id);
  });
  document.addEventListener("dragend", function () {
    dragged = null;
    document.querySelectorAll("[data-over]").forEach(function (each) { each.removeAttribute("data-over"); });
  });
  document.addEventListener("dragover", function (event) {
    const column = dragged && event.target.closest("[data-stage]");
    if (!column) return;
    event.preventDefault();
    document.querySelectorAll("[data-stage][data-over]").forEach(function (each) {
      if (each !== column) each.removeAttribute("data-over");
    });
    column.setAttribute("data-over", "");
  });
  document.addEventListener("drop", function (event) {
    const column = dragged && event.target.closest("[data-stage]");
    if (!column) return;
    event.preventDefault();
    const card = dragged;
    if (card.closest("[data-stage]") === column) return;
    const form = card.querySelector("form");
    const field = document.createElement("input");
    field.type = "hidden";
    field.name = "stage";
    field.value = column.dataset.stage;
    form.append(field);
    form.requestSubmit();
  });
  document.addEventListener("htmx:after:swap", makeDraggable);
  makeDraggable();
})();

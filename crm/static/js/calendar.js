// Keys of the calendar: each stands on the link that it follows.
(function () {
  "use strict";
  document.addEventListener("keydown", function (event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey || event.defaultPrevented) return;
    if (event.target.closest("input, textarea, select, dialog, [contenteditable]") || document.querySelector("dialog[open]")) return;
    const link = document.querySelector('[data-calendar-key="' + CSS.escape(event.key) + '"]');
    if (!link) return;
    event.preventDefault();
    window.location.assign(link.href);
  });
})();

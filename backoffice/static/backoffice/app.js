// Small conveniences. Every page works without them.
(function () {
  "use strict";

  // "/" goes to the search box, unless one is already typing.
  document.addEventListener("keydown", function (event) {
    if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey) { return; }
    if (event.target.closest("input, textarea, select, [contenteditable]")) { return; }
    var box = document.getElementById("busca");
    if (box) { event.preventDefault(); box.focus(); box.select(); }
  });

  // <form data-confirm="Revogar o token?">
  document.addEventListener("submit", function (event) {
    var question = event.target.getAttribute("data-confirm");
    if (question && !window.confirm(question)) { event.preventDefault(); }
  });

  // <button data-busy="Buscando…">: says that it was pressed, while the far side is waited for.
  document.addEventListener("submit", function (event) {
    var button = event.submitter;
    if (!button || !button.dataset.busy || event.defaultPrevented) { return; }
    button.dataset.label = button.textContent;
    button.textContent = button.dataset.busy;
  });
  window.addEventListener("pageshow", function () {
    document.querySelectorAll("[data-label][data-busy]").forEach(function (button) {
      button.textContent = button.dataset.label;
    });
  });

  // <button data-copy="#id" hidden>Copiar</button>
  document.querySelectorAll("[data-copy]").forEach(function (button) {
    if (!navigator.clipboard) { return; }
    button.hidden = false;
    button.addEventListener("click", function () {
      var source = document.querySelector(button.getAttribute("data-copy"));
      navigator.clipboard.writeText(source.value || source.textContent.trim()).then(function () {
        var label = button.textContent;
        button.textContent = "Copiado";
        setTimeout(function () { button.textContent = label; }, 1500);
      });
    });
  });
})();

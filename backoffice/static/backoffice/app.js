// Small conveniences. Every page works without them. What is heard on the document holds for what
// htmx puts into the page later, too.
(function () {
  "use strict";

  // <form data-confirm="Revogar o token?">. Asked first: htmx hears the form itself.
  document.addEventListener("submit", function (event) {
    var question = event.target.getAttribute("data-confirm");
    if (question && !window.confirm(question)) {
      event.preventDefault();
      event.stopImmediatePropagation();
    }
  }, true);

  // A filter that is left empty says nothing in the address.
  document.addEventListener("submit", function (event) {
    if (!event.target.matches("form.filters")) { return; }
    var empty = Array.from(event.target.elements).filter(function (field) {
      return field.name && !field.disabled && field.value === "";
    });
    empty.forEach(function (field) { field.disabled = true; });
    setTimeout(function () { empty.forEach(function (field) { field.disabled = false; }); }, 0);
  }, true);

  // <button data-busy="Buscando…">: says that it was pressed, while the far side is waited for.
  document.addEventListener("submit", function (event) {
    var button = event.submitter;
    if (!button || !button.dataset.busy || event.defaultPrevented) { return; }
    button.dataset.label = button.textContent;
    button.textContent = button.dataset.busy;
  });
  function notBusy() {
    document.querySelectorAll("[data-label][data-busy]").forEach(function (button) {
      button.textContent = button.dataset.label;
    });
  }
  window.addEventListener("pageshow", notBusy);

  // <input type="checkbox" data-check-all="update" hidden>: ticks every box of that name.
  document.addEventListener("change", function (event) {
    var name = event.target.dataset.checkAll;
    if (!name) { return; }
    document.querySelectorAll("input[name=" + name + "]").forEach(function (box) {
      box.checked = event.target.checked;
    });
  });

  // <button data-copy="#id" hidden>Copiar</button>
  document.addEventListener("click", function (event) {
    var button = event.target.closest("[data-copy]");
    if (!button) { return; }
    var source = document.querySelector(button.getAttribute("data-copy"));
    navigator.clipboard.writeText(source.value || source.textContent.trim()).then(function () {
      var label = button.textContent;
      button.textContent = "Copiado";
      setTimeout(function () { button.textContent = label; }, 1500);
    });
  });

  // What only a script can do is shown where there is one; what is for pages without, is not.
  function show(root) {
    root.querySelectorAll("[data-check-all]").forEach(function (box) { box.hidden = false; });
    root.querySelectorAll("[data-copy]").forEach(function (button) { button.hidden = !navigator.clipboard; });
    root.querySelectorAll(".no-script").forEach(function (element) { element.hidden = true; });
    // What scrolls sideways can be scrolled by the keyboard, too.
    root.querySelectorAll(".table-wrap, .grid-wrap").forEach(function (wrap) {
      if (wrap.scrollWidth > wrap.clientWidth) { wrap.tabIndex = 0; }
    });
  }
  show(document);
  document.addEventListener("htmx:load", function (event) { show(event.detail.elt); });

  // ---- htmx ------------------------------------------------------------------------------
  // What leads to another page is a page of its own: signing in again, or what came after a form.
  document.addEventListener("htmx:beforeSwap", function (event) {
    var detail = event.detail, address = detail.xhr.responseURL;
    if (!address || detail.xhr.status >= 400) { return; }
    var there = new URL(address);
    if (there.pathname !== new URL(detail.pathInfo.requestPath, location).pathname && there.pathname !== location.pathname) {
      detail.shouldSwap = false;
      location.assign(address);
    }
  });

  // While somebody is at it, it stays as it is.
  document.addEventListener("htmx:beforeRequest", function (event) {
    var element = event.detail.elt;
    if (!element.hasAttribute("data-polls")) { return; }
    var selected = window.getSelection();
    var reading = !selected.isCollapsed && element.contains(selected.anchorNode);
    if (reading || element.contains(document.activeElement)) { event.preventDefault(); }
  });

  // What had the focus is gone with what was replaced: go on from there, not from the top.
  document.addEventListener("htmx:afterSettle", function (event) {
    var lost = !document.activeElement || document.activeElement === document.body;
    var place = event.detail.elt;
    if (lost && place.hasAttribute && place.hasAttribute("tabindex")) { place.focus({ preventScroll: true }); }
  });

  // Nothing is silent: a request that failed says so where one looks.
  function failed(event) {
    notBusy();
    if (event.detail.elt.matches("[data-polls], .count")) { return; }
    var note = document.createElement("div");
    note.className = "note bad";
    note.setAttribute("role", "alert");
    var status = event.detail.xhr && event.detail.xhr.status;
    note.textContent = status
      ? "O servidor respondeu com um erro (" + status + "). Recarregue a página e confira antes de repetir."
      : "Sem resposta do servidor. Confira a conexão e tente de novo.";
    var head = document.querySelector("main .head");
    document.querySelectorAll("main > .note[role=alert]").forEach(function (old) { old.remove(); });
    head.after(note);
    note.scrollIntoView({ block: "nearest" });
  }
  document.addEventListener("htmx:responseError", failed);
  document.addEventListener("htmx:sendError", failed);
})();

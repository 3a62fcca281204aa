// Forms that a person works at. <form data-save>: Ctrl+S saves it. <form data-guard>: who leaves with
// changes is asked first, also by saving another form of the page; its [data-dirty] says that there
// are some. data-unsaved: what it came with is not saved either. Configurações Adicionais has both of
// its own.
(function () {
  "use strict";
  var saved = new Map();  // form → what it held when it came

  function held(form) {
    var fields = new FormData(form);
    fields.delete("csrfmiddlewaretoken");
    return new URLSearchParams(fields).toString();
  }

  function dirty(form) {
    return form.isConnected && (form.hasAttribute("data-unsaved") || held(form) !== saved.get(form));
  }

  function tell(form) {
    var changed = dirty(form);
    form.querySelectorAll("[data-dirty]").forEach(function (pill) { pill.hidden = !changed; });
  }

  function meet(root) {
    root.querySelectorAll("form[data-guard]").forEach(function (form) {
      if (!saved.has(form)) { saved.set(form, held(form)); tell(form); }
    });
  }

  function changed(event) {
    var form = event.target.form;
    if (form && saved.has(form)) { tell(form); }
  }
  document.addEventListener("input", changed);
  document.addEventListener("change", changed);

  document.addEventListener("submit", function (event) {
    var elsewhere = event.submitter && event.submitter.formTarget;
    if (!event.defaultPrevented && !elsewhere) { event.target.dataset.leaving = "1"; }
  });
  function stay() {
    saved.forEach(function (_, form) { delete form.dataset.leaving; tell(form); });
  }
  window.addEventListener("pageshow", stay);
  // The form that is being saved keeps what was typed in it; any other of the page would lose it.
  window.addEventListener("beforeunload", function (event) {
    var loses = Array.from(saved.keys()).some(function (form) { return !form.dataset.leaving && dirty(form); });
    if (!loses) { return; }
    event.preventDefault();
    event.returnValue = "";
    window.setTimeout(stay);  // runs once the question is answered: with no, nothing was saved
  });

  document.addEventListener("keydown", function (event) {
    var wanted = (event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey;
    if (!wanted || event.key.toLowerCase() !== "s" || event.defaultPrevented) { return; }
    var form = document.querySelector("form[data-save]");
    if (!form) { return; }
    event.preventDefault();
    if (!form.dataset.leaving && !event.repeat) { form.requestSubmit(form.querySelector("[data-save-button]")); }
  });

  meet(document);
  document.addEventListener("htmx:load", function (event) { meet(event.detail.elt); });
})();

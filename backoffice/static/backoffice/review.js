// Revisar. What was typed is in hidden fields: leaving by any other way than its buttons loses it.
(function () {
  "use strict";
  var form = document.getElementById("review");
  if (!form) { return; }
  var save = form.querySelector(".save");
  var leaving = save.disabled;

  form.addEventListener("submit", function (event) {
    if (leaving && !save.disabled) { event.preventDefault(); return; }
    leaving = true;
  });
  window.addEventListener("pageshow", function () { leaving = save.disabled; });
  window.addEventListener("beforeunload", function (event) {
    if (!leaving) { event.preventDefault(); event.returnValue = ""; }
  });
  document.addEventListener("keydown", function (event) {
    if (event.key.toLowerCase() === "s" && (event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey) {
      event.preventDefault();
      if (!save.disabled) { form.requestSubmit(save); }
    }
  });
})();

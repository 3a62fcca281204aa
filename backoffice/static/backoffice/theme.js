// Runs in the head, before anything is drawn: light or dark as chosen, else as the system is.
(function () {
  "use strict";
  var key = "backoffice-theme";
  var system = window.matchMedia("(prefers-color-scheme: dark)");

  function chosen() {
    try { return localStorage.getItem(key); } catch (error) { return null; }
  }

  function apply() {
    var dark = chosen() ? chosen() === "dark" : system.matches;
    document.documentElement.setAttribute("data-bs-theme", dark ? "dark" : "light");
    document.getElementById("dark-css").media = dark ? "screen" : "not all";
  }

  apply();
  system.addEventListener("change", apply);

  document.addEventListener("DOMContentLoaded", function () {
    var button = document.querySelector(".theme-toggle");
    if (!button) { return; }
    button.hidden = false;
    button.addEventListener("click", function () {
      var dark = document.documentElement.getAttribute("data-bs-theme") === "dark";
      try { localStorage.setItem(key, dark ? "light" : "dark"); } catch (error) { /* private mode */ }
      apply();
    });
  });
})();

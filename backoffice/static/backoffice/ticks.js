// Atualizações: what is ticked goes into the address at once, ?sel=12,15. Without this the button
// Marcar does it.
(function () {
  "use strict";

  function told() {
    return (new URL(location).searchParams.get("sel") || "").split(",").filter(Boolean);
  }

  function withTicks(address, ids) {
    var url = new URL(address, location);
    url.searchParams.delete("sel");
    var query = url.searchParams.toString();
    if (ids.length) { query += (query ? "&" : "") + "sel=" + ids.join(","); }
    return url.pathname + (query ? "?" + query : "");
  }

  function boxes() { return Array.from(document.querySelectorAll("#lista input[name=update]")); }

  function showCount(ids, full) {
    var line = document.getElementById("marcadas");
    if (!line) { return; }
    line.hidden = ids.length === 0;
    var down = document.querySelector("#lista .to-replay");
    if (down) { down.hidden = ids.length > 0; }
    line.querySelector("[data-ticked-count]").textContent = ids.length;
    line.querySelector("[data-ticked-word]").textContent = ids.length === 1 ? "marcada" : "marcadas";
    line.querySelector("[data-ticked-limit]").hidden = !full;
  }

  function keep(ids, full) {
    history.replaceState(history.state, "", withTicks(location.href, ids));
    document.querySelectorAll("#lista a[data-ticks], #lista .pages a").forEach(function (link) {
      link.setAttribute("href", withTicks(link.href, ids));
    });
    document.querySelectorAll("#lista input[data-ticks]").forEach(function (input) {
      input.value = ids.join(",");
      input.disabled = ids.length === 0;
    });
    showCount(ids, full);
    var all = document.querySelector("#lista [data-check-all]");
    if (all) { all.checked = boxes().length > 0 && boxes().every(function (box) { return box.checked; }); }
  }

  // After app.js, which has ticked them all where all were to be.
  document.addEventListener("change", function (event) {
    if (!event.target.closest("#lista") || !event.target.matches("[name=update], [data-check-all]")) { return; }
    var line = document.getElementById("marcadas");
    var most = Number(line.dataset.most);
    var here = boxes().map(function (box) { return box.value; });
    var ids = told().filter(function (id) { return here.indexOf(id) < 0; });
    var full = false;
    boxes().forEach(function (box) {
      if (!box.checked) { return; }
      if (ids.length < most) { ids.push(box.value); } else { box.checked = false; full = true; }
    });
    keep(ids, full);
  });

  document.addEventListener("click", function (event) {
    if (!event.target.closest("[data-untick]") || new URL(location).searchParams.has("marcadas")) { return; }
    event.preventDefault();
    boxes().forEach(function (box) { box.checked = false; });
    keep([], false);
  });

  // htmx read the address of a link when it came; ticks have changed it since.
  document.addEventListener("htmx:configRequest", function (event) {
    var link = event.detail.elt;
    if (link.matches("#lista a")) { event.detail.path = link.getAttribute("href"); }
  });

  // Back to the page: the browser may have kept boxes as they were.
  window.addEventListener("pageshow", function () {
    var ids = told();
    boxes().forEach(function (box) { box.checked = ids.indexOf(box.value) >= 0; });
  });
})();

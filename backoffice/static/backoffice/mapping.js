// Configurações Adicionais. The page works without this; here it answers while one types.
(function () {
  "use strict";
  var form = document.getElementById("mapping");
  if (!form) { return; }

  var saving = false;
  var CELLS = "input:not([type=hidden]), select";

  function value(input) {
    return input.type === "checkbox" ? (input.checked ? "1" : "") : input.value;
  }

  // ---- alterações não salvas -------------------------------------------------------------
  function dirty() {
    var count = 0;
    form.querySelectorAll("tbody.line").forEach(function (row) {
      var removed = row.querySelector("[name$='-remove']:checked");
      var before = count;
      row.querySelectorAll(CELLS).forEach(function (input) {
        var changed = value(input).trim() !== input.dataset.saved;
        input.classList.toggle("changed", changed);
        if (changed && (!removed || input === removed)) { count += 1; }
      });
      var offered = row.querySelector("[data-unsaved]");
      if (offered) { offered.hidden = count === before; }
    });
    return count;
  }

  function recount() {
    var count = dirty();
    var pill = document.getElementById("unsaved");
    pill.hidden = count === 0;
    pill.textContent = count === 1 ? "1 alteração não salva" : count + " alterações não salvas";
    var unmapped = form.querySelectorAll("tbody.unmapped").length;
    var told = document.getElementById("unmapped-count");
    if (told) {
      told.hidden = unmapped === 0;
      told.textContent = unmapped + " status sem mapeamento";
    }
    return count;
  }

  // ---- effects in words: the server wrote them all, the row's state picks -----------------
  function part(row, name) { return row.querySelector("[name$='-" + name + "']"); }

  function showEffects(row) {
    var filled = function (name) { var input = part(row, name); return !!input && value(input).trim() !== ""; };
    var others = ["also_receives", "channel", "ez_core_status_id", "ez_core_flow_id"].some(filled);
    var notSent = part(row, "not_sent").checked;
    var bare = !filled("platform_status") && !filled("active") && !filled("processa_inclusao") && !others;
    var key = [
      filled("platform_status"), filled("active"), filled("processa_inclusao"), others || notSent
    ].map(Number).join("");
    var words = JSON.parse(row.dataset.effects)[key];
    row.querySelector("[data-effect=out]").textContent = words[0];
    row.querySelector("[data-effect=in]").textContent = words[1];
    var declare = row.querySelector(".declare");
    if (bare) { declare.hidden = false; }
    declare.classList.toggle("away", !bare);  // keeps its room: nothing moves while one types
    row.querySelector("[data-told=unmapped]").hidden = notSent;
    row.querySelector("[data-told=declared]").hidden = !notSent;
    row.classList.toggle("unmapped", bare && !notSent);
  }

  // A first code in a row that was not mapped means to send it. The tick shows, and can be undone.
  function tickActive(row, input) {
    var active = part(row, "active");
    if (!input.name.endsWith("-platform_status") || active.dataset.touched) { return; }
    if (input.dataset.saved === "" && active.dataset.saved === "" && !part(row, "not_sent").defaultChecked) {
      active.checked = input.value.trim() !== "";
    }
  }

  function answer(event) {
    event.target.dataset.typing = "1";
    var row = event.target.closest("tbody.line");
    if (row && row.dataset.effects) {
      if (event.target.name.endsWith("-active")) { event.target.dataset.touched = "1"; }
      tickActive(row, event.target);
      showEffects(row);
    }
    recount();
  }
  form.addEventListener("input", answer);
  form.addEventListener("change", answer);

  // ---- keyboard --------------------------------------------------------------------------
  function neighbour(input, step) {
    var column = input.closest("td").cellIndex;
    var row = input.closest("tbody.line");
    row = step > 0 ? row.nextElementSibling : row.previousElementSibling;
    return row && row.matches("tbody.line") ? row.rows[0].cells[column].querySelector(CELLS) : null;
  }

  form.addEventListener("focusin", function (event) { delete event.target.dataset.typing; });
  form.addEventListener("keydown", function (event) {
    var input = event.target;
    if (!input.matches("tbody.line input, tbody.line select") || event.altKey || event.metaKey) { return; }
    var step = { ArrowDown: 1, ArrowUp: -1, Enter: event.shiftKey ? -1 : 1 }[event.key];
    if (!step) { return; }
    // A select, and suggestions while one types, need the plain arrows; with Ctrl they move too.
    var own = input.matches("select") || (input.matches("[list]") && input.dataset.typing);
    if (own && event.key !== "Enter" && !event.ctrlKey) { return; }
    event.preventDefault();
    var next = neighbour(input, step);
    if (next) { next.focus(); if (next.select && next.type !== "checkbox") { next.select(); } }
  });

  document.addEventListener("keydown", function (event) {
    if (event.key.toLowerCase() === "s" && (event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey) {
      event.preventDefault();
      form.requestSubmit(form.querySelector(".save"));
    }
  });
  form.querySelectorAll(".keys").forEach(function (hint) { hint.hidden = false; });

  // Escape closes what "Copiar de outra vitrine…" has opened.
  document.addEventListener("keydown", function (event) {
    var open = event.key === "Escape" && document.querySelector(".copy-from[open]");
    if (open) { open.open = false; open.querySelector("summary").focus(); }
  });

  // ---- rows of types ---------------------------------------------------------------------
  form.querySelectorAll("[data-types]").forEach(function (section) {
    var table = section.querySelector("table");
    var count = section.querySelector("[name$='-rows']");
    var pattern = section.querySelector("template");
    var blanks = table.querySelectorAll("tbody.row-blank");
    // Only the last rows are blank, so taking them away leaves the numbers without a gap.
    blanks.forEach(function (row, index) { if (index > 0) { row.remove(); } });
    count.value = table.tBodies.length;

    var button = section.querySelector("[data-add]");
    button.hidden = false;
    button.addEventListener("click", function () {
      var holder = document.createElement("table");
      holder.innerHTML = pattern.innerHTML.replace(/__n__/g, count.value);
      var row = table.appendChild(holder.tBodies[0]);
      count.value = Number(count.value) + 1;
      row.querySelector("input:not([type=hidden])").focus();
      recount();
    });
  });

  // ---- which table is in view ------------------------------------------------------------
  var links = form.querySelectorAll(".anchors a[href^='#']");
  function mark() {
    var on = links[0];
    links.forEach(function (link) {
      var section = document.querySelector(link.hash);
      if (section.getBoundingClientRect().top < window.innerHeight * 0.4) { on = link; }
    });
    links.forEach(function (link) { link.classList.toggle("on", link === on); });
  }
  window.addEventListener("scroll", mark, { passive: true });
  window.addEventListener("hashchange", function () { setTimeout(mark, 50); });

  // ---- leaving ---------------------------------------------------------------------------
  form.addEventListener("submit", function (event) {
    if (event.submitter && event.submitter.formTarget) { return; }  // Pré-visualizar saves nothing
    if (saving) { event.preventDefault(); return; }
    saving = true;
  });
  window.addEventListener("pageshow", function () {
    saving = false;
    form.querySelectorAll("tbody.line[data-effects]").forEach(showEffects);
    recount();
  });
  window.addEventListener("beforeunload", function (event) {
    if (!saving && recount() > 0) { event.preventDefault(); event.returnValue = ""; }
  });

  mark();
  recount();
  var notice = form.querySelector("[data-focus]");
  if (notice) { notice.focus(); }
})();

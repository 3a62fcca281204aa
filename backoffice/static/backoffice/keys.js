// The keys of every page: "/" searches, "g" and a letter goes to a page, "?" shows the list. A
// person who speaks to the computer, or whose screen reader has such keys, switches them off there.
(function () {
  "use strict";
  var STORED = "backoffice-keys";
  var dialog = document.getElementById("atalhos");
  var openers = document.querySelectorAll(".keys-open");
  var box = document.getElementById("atalhos-ligados");
  var went = 0;  // when "g" was pressed

  function on() {
    try { return localStorage.getItem(STORED) !== "off"; } catch (error) { return true; }
  }

  function typing(target) {
    return !!target.closest && !!target.closest("input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable]");
  }

  function show() {
    if (dialog.open) { return; }
    box.checked = on();
    dialog.showModal();
  }

  if (dialog && dialog.showModal) {
    openers.forEach(function (button) {
      button.hidden = false;
      button.addEventListener("click", show);
    });
    dialog.querySelector(".keys-close").addEventListener("click", function () { dialog.close(); });
    dialog.addEventListener("click", function (event) { if (event.target === dialog) { dialog.close(); } });
    box.addEventListener("change", function () {
      try { localStorage.setItem(STORED, box.checked ? "on" : "off"); } catch (error) { /* private mode */ }
    });
  }

  function search() {
    var field = document.getElementById("busca");
    if (field) { field.focus(); field.select(); }
    return !!field;
  }

  function go(letter) {
    var link = document.querySelector('a[data-go="' + letter + '"]');
    if (link) { link.click(); }
    return !!link;
  }

  document.addEventListener("keydown", function (event) {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.repeat) { return; }
    if (typing(event.target) || document.querySelector("dialog[open]") || !on()) { return; }
    var second = went && event.timeStamp - went < 1500;
    var done = false;
    went = 0;
    if (second && /^[a-z]$/.test(event.key)) {
      done = go(event.key);
    } else if (event.key === "/") {
      done = search();
    } else if (event.key === "?" && dialog && dialog.showModal) {
      show();
      done = true;
    } else if (event.key === "g") {
      went = event.timeStamp;
    }
    if (done) { event.preventDefault(); }
  });
})();

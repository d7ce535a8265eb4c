// Keys in a list: j and k or the arrows go from row to row, "/" to the search. A row is reached at its link, so Enter opens it.
(function () {
  'use strict';
  function links() { return Array.prototype.slice.call(document.querySelectorAll('[data-grid] a[data-row]')); }
  document.addEventListener('keydown', function (e) {
    var field = /^(INPUT|SELECT|TEXTAREA)$/.test(e.target.tagName);
    if (field || e.ctrlKey || e.altKey || e.metaKey) { return; }
    if (e.key === '/') {
      var find = document.querySelector('#grid input[type=search]');
      if (find) { e.preventDefault(); find.focus(); find.select(); }
      return;
    }
    var step = e.key === 'j' || e.key === 'ArrowDown' ? 1 : e.key === 'k' || e.key === 'ArrowUp' ? -1 : 0;
    var rows = step ? links() : [];
    var at = rows.indexOf(document.activeElement);
    // The arrows scroll the page until a row was chosen.
    if (!rows.length || (at < 0 && e.key.length > 1)) { return; }
    e.preventDefault();
    rows[Math.min(rows.length - 1, Math.max(0, at < 0 ? 0 : at + step))].focus();
  });
  // What was typed stays where it was when the list is drawn anew.
  document.addEventListener('htmx:afterSettle', function () {
    var said = document.getElementById('grid-said');
    var total = document.getElementById('grid-total');
    if (said && total) { said.textContent = total.textContent; }
  });
}());

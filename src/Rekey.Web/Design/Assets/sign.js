// A page that waits for a signature: follows what happens and sends its form when the agent has handed the signature in. All texts are the
// server's; the script shows one part of the page or another. Floor: Chromium 86, Firefox 91, Safari 14.1.
(function () {
  'use strict';
  var desk = document.getElementById('signing');
  var live = document.getElementById('live');

  function show(state) {
    desk.querySelectorAll('[data-state]').forEach(function (part) {
      part.hidden = part.dataset.state !== state;
      if (!part.hidden) { live.textContent = part.textContent.trim().replace(/\s+/g, ' '); }
    });
  }

  function fail(number) {
    var link = desk.querySelector('[data-problem]');
    link.textContent = number || '';
    link.href = number ? '/CaUpdate/problems/' + number : '/CaUpdate/help';
    show('failed');
  }

  // False: it is over.
  function happened(event) {
    switch (event.type) {
      case 'attached':
      case 'consent-asked':
      case 'pin-asked':
      case 'pin-wrong': show('attached'); return true;
      case 'signed': show('signed'); document.getElementById('signed').submit(); return false;
      case 'failed': fail('RK-' + event.problem.number); return false;
      case 'ended': return false;
      default: return true;
    }
  }

  async function poll() {
    var after = 0;
    var pause = 1000;
    for (;;) {
      try {
        var answer = await fetch('/rekey/events?after=' + after, { credentials: 'same-origin' });
        var body = await answer.json();
        if (answer.ok) {
          pause = 1000;
          for (var i = 0; i < body.events.length; i++) {
            after = body.events[i].seq;
            if (!happened(body.events[i].event)) { return; }
          }
          continue;
        }
        if (answer.status !== 429 && answer.status < 500) { fail(body.code); return; }
      } catch (e) { /* offline for a moment: tried again */ }
      await new Promise(function (done) { setTimeout(done, pause); });
      pause = Math.min(pause * 2, 15000);
    }
  }

  poll();
}());

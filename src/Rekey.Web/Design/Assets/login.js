// The login page of the console: begins a login, shows the check code and the launch address, and follows what happens. All texts are
// the server's; the script shows one part of the page or another. Floor: Chromium 86, Firefox 91, Safari 14.1.
(function () {
  'use strict';
  var AGENT_WAIT = 8000;
  var door = document.getElementById('door');
  var live = document.getElementById('live');
  var round = 0;
  var returned = false;
  var timers = [];

  function part(name) { return door.querySelector('[' + name + ']'); }

  function show(state) {
    var shown = null;
    door.querySelectorAll('[data-state]').forEach(function (s) {
      s.hidden = s.dataset.state !== state;
      if (!s.hidden) { shown = s; }
    });
    live.textContent = shown && state !== 'start' ? shown.textContent.trim().replace(/\s+/g, ' ') : '';
  }

  function later(milliseconds, what) { timers.push(setTimeout(what, milliseconds)); }

  function fail(number) {
    var link = part('data-problem');
    link.textContent = number || '';
    link.href = number ? '/CaUpdate/problems/' + number : '/CaUpdate/help';
    show('failed');
  }

  async function begin() {
    var mine = ++round;
    returned = false;
    timers.forEach(clearTimeout);
    timers = [];
    door.querySelectorAll('[data-begin]').forEach(function (b) { b.setAttribute('aria-busy', 'true'); });
    try {
      var answer = await fetch('/rekey/start', {
        method: 'POST',
        credentials: 'same-origin',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify({ returnTo: door.dataset.return, language: door.dataset.language })
      });
      var body = await answer.json();
      if (mine !== round) { return; }
      if (!answer.ok) { fail(body.code); return; }
      part('data-code').textContent = body.checkCode.slice(0, 3) + ' ' + body.checkCode.slice(3);
      part('data-launch').href = body.launchUri;
      part('data-waiting').hidden = true;
      part('data-no-agent').hidden = true;
      show('launch');
      part('data-launch').focus();
      later(body.expiresIn * 1000, function () { round++; show('expired'); });
      poll(mine, 0);
    } catch (e) {
      if (mine === round) { show('offline'); }
    } finally {
      door.querySelectorAll('[data-begin]').forEach(function (b) { b.removeAttribute('aria-busy'); });
    }
  }

  function happened(event) {
    switch (event.type) {
      case 'attached':
        timers.forEach(clearTimeout);
        show('attached');
        break;
      case 'pin-asked':
      case 'pin-wrong': show('pin'); break;
      case 'returned': returned = true; show('returned'); break;
      case 'failed': round++; fail('RK-' + event.problem.number); break;
      case 'ended': round++; location.replace(door.dataset.return); break;
    }
  }

  async function poll(mine, after) {
    var pause = 1000;
    while (mine === round) {
      try {
        var answer = await fetch('/rekey/events?after=' + after, { credentials: 'same-origin' });
        if (mine !== round) { return; }
        var body = await answer.json();
        if (answer.ok) {
          pause = 1000;
          body.events.forEach(function (e) { after = e.seq; if (mine === round) { happened(e.event); } });
          continue;
        }
        if (answer.status === 404 && returned) { round++; location.replace(door.dataset.return); return; } // the return page was faster
        if (answer.status !== 429 && answer.status < 500) { round++; fail(body.code); return; }
      } catch (e) {
        if (mine !== round) { return; }
      }
      await new Promise(function (done) { setTimeout(done, pause); });
      pause = Math.min(pause * 2, 15000);
    }
  }

  door.addEventListener('click', function (event) {
    if (event.target.closest('[data-begin]')) {
      begin();
    } else if (event.target.closest('[data-launch]')) {
      // The browser opens the agent; this page stays and waits for it.
      part('data-waiting').hidden = false;
      later(AGENT_WAIT, function () { part('data-no-agent').hidden = false; });
    }
  });
}());

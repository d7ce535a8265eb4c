// Follows a session and shows each step as it comes. All texts and all decisions are the server's: the script fetches the page that
// the server would show now and puts its <main> in place. Floor: Chromium 86, Firefox 91, Safari 14.1.
(function () {
  'use strict';
  var AGENT_WAIT = 8000;
  var MAIN = 'main';
  var follow = null;
  var refreshTimer = 0;
  var launchTimer = 0;

  function main() { return document.getElementById(MAIN); }

  function announce(text) {
    var live = document.getElementById('live');
    if (text && live.textContent !== text) { live.textContent = text; }
  }

  function offline(yes) { document.getElementById('offline').hidden = !yes; }

  // Puts a fetched page in place of the present one; focus goes to the heading when the step is a new one.
  function place(html, url, push) {
    var page = new DOMParser().parseFromString(html, 'text/html');
    var next = page.getElementById(MAIN);
    if (!next) { location.assign(url); return; }
    var old = main();
    var sameStep = old.dataset.step === next.dataset.step;
    var open = sameStep ? openDetails(old) : [];
    var focused = sameStep && document.activeElement && old.contains(document.activeElement) ? path(document.activeElement, old) : null;
    var chosen = sameStep && old.querySelector('input[type=radio]:checked');
    old.replaceWith(next);
    if (chosen) { next.querySelectorAll('input[type=radio]').forEach(function (r) { if (r.value === chosen.value) { r.checked = true; mark(r); } }); }
    document.title = page.title;
    var lang = document.querySelector('.head-links .lang');
    var newLang = page.querySelector('.head-links .lang');
    if (lang && newLang) { lang.href = newLang.getAttribute('href'); }
    if (url !== location.href) { history[push ? 'pushState' : 'replaceState'](null, '', url); }
    open.forEach(function (i) { var d = next.querySelectorAll('details')[i]; if (d) { d.open = true; } });
    if (!sameStep) {
      var heading = next.querySelector('h1');
      if (heading) { heading.tabIndex = -1; heading.focus(); }
      window.scrollTo(0, 0);
    } else if (focused) {
      var same = next.querySelector(focused);
      if (same) { same.focus(); }
    }
    arrive();
  }

  function mark(radio) {
    main().querySelectorAll('label.cert').forEach(function (c) { c.classList.toggle('cert--on', c.contains(radio)); });
  }

  function openDetails(root) {
    var found = [];
    root.querySelectorAll('details').forEach(function (d, i) { if (d.open) { found.push(i); } });
    return found;
  }

  // A selector for the same control on the next page.
  function path(element, root) {
    var parts = [];
    for (; element && element !== root; element = element.parentElement) {
      parts.unshift(element.tagName.toLowerCase() + ':nth-child(' + (Array.prototype.indexOf.call(element.parentElement.children, element) + 1) + ')');
    }
    return '#' + MAIN + ' > ' + parts.join(' > ');
  }

  async function load(url, options, push) {
    try {
      var response = await fetch(url, Object.assign({ credentials: 'same-origin', headers: { Accept: 'text/html' } }, options));
      offline(false);
      place(await response.text(), response.url, push);
    } catch (e) {
      offline(true);
      setTimeout(function () { load(location.href, {}, false); }, 3000);
    }
  }

  function refresh() { return load(location.href, {}, false); }

  // One long-poll after another; whatever happened, the server knows what to show.
  async function poll(session, seq, signal) {
    var pause = 1000;
    while (!signal.aborted) {
      try {
        var response = await fetch('/CaUpdate/api/v1/sessions/' + session + '/events?after=' + seq, { credentials: 'same-origin', signal: signal });
        offline(false);
        if (!response.ok) {
          if (response.status === 429 || response.status >= 500) { throw new Error('busy'); }
          await refresh();
          return;
        }
        pause = 1000;
        if ((await response.json()).events.length > 0) {
          await refresh();
          return;
        }
      } catch (e) {
        if (signal.aborted) { return; }
        offline(true);
        await new Promise(function (done) { setTimeout(done, pause); });
        pause = Math.min(pause * 2, 15000);
      }
    }
  }

  function arrive() {
    var data = main().dataset;
    if (follow) { follow.abort(); }
    follow = new AbortController();
    clearTimeout(refreshTimer);
    clearTimeout(launchTimer);
    if (data.session) { poll(data.session, data.seq, follow.signal); }
    if (data.refresh) { refreshTimer = setTimeout(refresh, Number(data.refresh)); }
    announce(data.status);
    main().querySelectorAll('[data-print]').forEach(function (b) { b.hidden = false; });
  }

  document.addEventListener('click', function (event) {
    var link = event.target.closest('a, button');
    if (!link) { return; }
    if (link.hasAttribute('data-launch')) {
      // The browser opens the agent; this page stays and waits for it.
      main().querySelectorAll('[data-after-launch]').forEach(function (w) { w.hidden = false; });
      clearTimeout(launchTimer);
      launchTimer = setTimeout(function () { load('/CaUpdate/connect?waited=true', {}, false); }, AGENT_WAIT);
    } else if (link.hasAttribute('data-print')) {
      window.print();
    }
  });

  // What was typed, as the server reads it: blanks, hyphens, case and full width do not matter.
  function plain(text) { return text.normalize('NFKC').replace(/[\s\u00ad\u2010-\u2015\u2212-]/g, '').toUpperCase(); }

  function fill(text, values) { return text.replace(/\{(\d)\}/g, function (m, i) { return values[i]; }); }

  // A hint while typing, and whether it is whole; what the codes open only the server knows.
  function judge(field, leaving) {
    var input = field.querySelector('input');
    var typed = plain(input.value);
    var length = Number(field.dataset.length);
    var strange = Array.prototype.find.call(typed, function (c) { return field.dataset.set.indexOf(c) < 0; });
    var fault = '';
    if (strange) { fault = fill(field.dataset.strange, [strange]); }
    else if (typed.length > length) { fault = fill(field.dataset.long, [typed.length - length, typed.length, length]); }
    else if (leaving && typed.length > 0 && typed.length < length) { fault = fill(field.dataset.short, [length - typed.length, typed.length, length]); }
    field.classList.toggle('field--bad', fault !== '');
    if (fault) { input.setAttribute('aria-invalid', 'true'); } else { input.removeAttribute('aria-invalid'); }
    field.querySelector('[data-fault]').textContent = fault;
    field.querySelector('.error').hidden = fault === '';
    field.querySelector('[data-good]').hidden = fault !== '' || typed.length !== length;
  }

  document.addEventListener('input', function (event) {
    var field = event.target.closest('[data-codes] .field');
    if (!field) { return; }
    var form = event.target.form;
    var both = event.target.value.length > 23 && apart(event.target.value);
    if (both) { form.elements.reference.value = both[0]; form.elements.code.value = both[1]; form.querySelectorAll('.field').forEach(function (f) { judge(f, true); }); }
    else { judge(field, false); }
  });

  document.addEventListener('focusout', function (event) {
    var field = event.target.closest && event.target.closest('[data-codes] .field');
    if (field && event.target.value) { judge(field, true); }
  });

  // A letter's text pasted whole: the number and the code in it, or null.
  function apart(text) {
    var folded = text.normalize('NFKC');
    var number = /(^|[^0-9A-Za-z])([0-9]{4} ?[0-9]{4})(?![0-9A-Za-z])/.exec(folded);
    if (!number) { return null; }
    var code = /(^|[^0-9A-Za-z])([2-9A-HJ-NP-Za-hj-np-z]{4}(\s*[-\u2010-\u2015\u2212]?\s*[2-9A-HJ-NP-Za-hj-np-z]{4}){3})(?![0-9A-Za-z])/
      .exec(folded.replace(number[2], ''));
    return code ? [number[2], code[2]] : null;
  }

  document.addEventListener('change', function (event) {
    if (event.target.name !== 'cert' && event.target.name !== 'token') { return; }
    mark(event.target);
  });

  document.addEventListener('submit', function (event) {
    var form = event.target;
    if (form.method !== 'post') { return; }
    event.preventDefault();
    var button = event.submitter || null;
    if (form.dataset.busy) { return; }
    form.dataset.busy = 'yes';
    var body = new URLSearchParams(new FormData(form));
    if (button) {
      button.setAttribute('aria-busy', 'true');
      if (button.name) { body.set(button.name, button.value); }
    }
    if (follow) { follow.abort(); }
    load(form.action, { method: 'POST', body: body }, true);
  });

  window.addEventListener('popstate', refresh);
  window.addEventListener('pageshow', function (event) { if (event.persisted) { refresh(); } });
  window.addEventListener('online', refresh);
  arrive();
}());

// Hands the code of the address in, with the cookie of the login, and goes where the site wants its visitor. Understood by Chromium 86.
(function () {
  'use strict';
  var code = location.hash.slice(1);
  // Out of the address bar and the history at once.
  history.replaceState(null, '', location.pathname);
  function show(title, detail, number) {
    document.documentElement.lang = /[\u4e00-\u9fff]/.test(title) ? 'zh-CN' : 'en';
    document.getElementById('title').textContent = title;
    document.getElementById('detail').textContent = detail;
    document.getElementById('code').textContent = number;
    document.getElementById('back').hidden = false;
  }
  fetch('/rekey/finish', {
    method: 'POST',
    credentials: 'same-origin',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ code: code })
  }).then(function (answer) {
    return answer.json().then(function (body) {
      if (answer.ok) {
        location.replace(body.returnTo);
      } else {
        show(body.title, body.detail, body.code);
      }
    });
  }).catch(function () {
    document.getElementById('title').textContent = document.getElementById('lost').textContent;
    document.getElementById('back').hidden = false;
  });
})();

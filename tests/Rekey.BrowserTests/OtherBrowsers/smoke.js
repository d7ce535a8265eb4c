// Goes through a renewal in another browser. Usage: node smoke.js chromium86|firefox FOLDER ADDRESS, where FOLDER has the packages of
// package.json. Prints version, launch address and the heading of the last page; what the browser complains about goes to standard error.
'use strict';
const fs = require('fs');
const path = require('path');
const zlib = require('zlib');

const [which, folder, address] = process.argv.slice(2);
const load = name => require(path.join(folder, 'node_modules', name));

function unpack() {
  const target = path.join(folder, 'chromium86');
  if (!fs.existsSync(target)) {
    const packed = fs.readFileSync(path.join(folder, 'node_modules/chrome-aws-lambda/bin/chromium.br'));
    fs.writeFileSync(target + '.part', zlib.brotliDecompressSync(packed), { mode: 0o755 });
    fs.renameSync(target + '.part', target);
  }
  return target;
}

const launch = {
  chromium86: () => load('puppeteer-core').launch({
    executablePath: unpack(),
    args: ['--no-sandbox', '--no-zygote', '--disable-gpu', '--headless'],
  }),
  firefox: () => load('puppeteer-core-today').launch({ browser: 'firefox', executablePath: '/usr/bin/firefox-esr', headless: true }),
}[which];

// Not left to the browser to end, which can hang.
let browser;
function end(code) {
  if (browser && browser.process()) browser.process().kill('SIGKILL');
  process.exit(code);
}

// A start that hangs is given up and tried again.
async function open() {
  for (let attempt = 1; attempt <= 3; attempt++) {
    browser = await launch();
    const late = new Promise(resolve => setTimeout(resolve, 20000));
    const page = await Promise.race([browser.newPage(), late]);
    if (page) return page;
    browser.process().kill('SIGKILL');
  }
  throw new Error('the browser did not open a page');
}

(async () => {
  const page = await open();
  let errors = 0;
  page.on('pageerror', e => { errors++; console.error('page error: ' + e.message); });
  // A launch address goes nowhere in a browser without the agent, and some say so.
  page.on('console', m => { if (m.type() === 'error' && !m.text().includes('rekey://')) { errors++; console.error('console: ' + m.text()); } });
  await page.goto(address + '/CaUpdate/');
  console.log('VERSION ' + await browser.version());
  await Promise.all([page.waitForNavigation(), page.click('.task--main')]);
  await page.click('form.actions button');
  await page.waitForSelector('[data-launch]');
  console.log('LAUNCH ' + await page.$eval('[data-launch]', a => a.getAttribute('href')));
  await page.waitForSelector('input[name=cert]');
  await page.click('button[form=choose]');
  await page.waitForSelector('form[action="/CaUpdate/check"] button');
  await page.click('form[action="/CaUpdate/check"] button');
  await page.waitForSelector('.work');
  await page.waitForSelector('.receipt');
  const color = await page.$eval('.receipt-head', e => getComputedStyle(e).backgroundColor);
  console.log('DONE ' + color + ' ' + await page.$eval('h1', h => h.textContent));
  end(errors ? 1 : 0);
})().catch(e => { console.error(e.message); end(2); });

// Walks through the pages as people do and prints what it saw, as one line of JSON.
//
//   node tests/browser/pages.mjs BASE '{"token", "code", "files"}'

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { launchWithout3d } from './chromium.mjs';

const [base, given] = process.argv.slice(2);
const { token, code, files } = JSON.parse(given);
const seen = { errors: [], elsewhere: [] };
const browser = await launchWithout3d();

async function person(options = {}) {
  const context = await browser.newContext({ locale: 'zh-CN', viewport: { width: 1280, height: 800 }, ...options });
  const page = await context.newPage();
  page.on('pageerror', (error) => seen.errors.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error' && !message.text().includes('status of 4')) seen.errors.push(message.text());
  });
  page.on('request', (request) => { if (!request.url().startsWith(base) && request.url().startsWith('http')) seen.elsewhere.push(request.url()); });
  page.on('dialog', (dialog) => { seen.errors.push(`a page asked: ${dialog.message()}`); dialog.dismiss(); });
  return page;
}

const text = (page, where) => page.locator(where).first().innerText();
const file = (name) => join(files, name);

async function signIn(page) {
  await page.goto(`${base}/submissions`);
  await page.fill('#token', token);
  await page.click('main form button');
  await page.waitForURL('**/submissions');
}

async function outcome(page) {
  await page.waitForFunction(() => !['queued', 'running', 'receiving'].includes(document.getElementById('outcome')?.dataset.state ?? 'queued'), undefined, { timeout: 90_000 });
  return { state: await page.getAttribute('#outcome', 'data-state'), says: (await text(page, '#outcome')).replace(/\u202f/g, ' '), title: await page.title() };
}

async function send(page, ...names) {
  await page.goto(`${base}/submissions`);
  await page.setInputFiles('#file', names.map(file));
  await page.waitForSelector('#chosen li');
  await page.click('#send');
  await page.waitForURL(/submissions\/[0-9a-f]{12}$/);
  return outcome(page);
}

/** From the catalogue to a file on the disk: how many clicks, which file. */
async function catalogue() {
  const found = {};
  for (const words of ['济南', 'jinan', 'jn', '370100']) {
    const page = await person({ acceptDownloads: true });
    await page.goto(`${base}/maps`);
    await page.fill('#maps-q', words);
    let clicks = 0;
    await Promise.all([page.waitForURL('**/maps?q=*'), page.click('[role=search] button')]);
    clicks += 1;
    const title = await text(page, '.card h3');
    const [download] = await Promise.all([page.waitForEvent('download', { timeout: 60_000 }), page.locator('.card').first().locator('a', { hasText: 'PDF' }).click()]);
    clicks += 1;
    const start = readFileSync(await download.path()).subarray(0, 5).toString('latin1');
    found[words] = { title, clicks, start, name: download.suggestedFilename() };
    await page.context().close();
  }
  const page = await person();
  await page.goto(`${base}/maps?q=${encodeURIComponent('没有的地方')}`);
  seen.nothing = await text(page, '.empty');
  await page.goto(`${base}/maps?q=${encodeURIComponent('济南')}&parent=370200`);
  seen.relaxed = await text(page, '.empty');
  await page.goto(`${base}/maps`);
  await page.locator('.atlas-map a path').first().click();
  seen.plan = { address: new URL(page.url()).search, count: await text(page, '#maps-count') };
  await page.context().close();
  return found;
}

/** What the form says of files before anything is sent. */
async function judging(page) {
  await page.goto(`${base}/submissions`);
  const sent = [];
  page.on('request', (request) => { if (request.method() === 'POST') sent.push(request.url()); });
  const says = async () => { await page.waitForTimeout(250); return text(page, '#chosen'); };
  await page.setInputFiles('#file', ['房屋.shp', '房屋.shx'].map(file));
  const partial = await says();
  await page.click('#send', { force: true });  // it says that it is disabled
  await page.setInputFiles('#file', ['房屋.dbf'].map(file));
  const unplaced = await says();
  await page.selectOption('#crs', 'EPSG:4490');
  const placed = await says();
  await page.locator('#chosen button').click();
  await page.setInputFiles('#file', [file('broken.zip')]);
  const broken = await says();
  return { partial, unplaced, placed, broken, ready: await text(page, '#ready'), sent: [...sent] };
}

async function submitting() {
  const page = await person({ acceptDownloads: true });
  await page.goto(`${base}/submissions`);
  seen.stranger = { title: await page.title(), form: await page.locator('#token').count() };
  await page.fill('#token', 'wrong');
  await page.click('main form button');
  seen.wrong = await text(page, '.field.wrong');
  await signIn(page);
  seen.empty = await text(page, '.empty');
  seen.judging = await judging(page);
  seen.bad = await send(page, 'bad.geojson');
  seen.rules = await page.locator('.rules a').allInnerTexts();
  await page.locator('.rules a').first().click();
  seen.report = { title: await text(page, 'h1'), rows: await page.locator('tbody tr').count(), dots: await page.locator('.sketch circle').count(), main: await text(page, '.desk-main') };
  const [download] = await Promise.all([page.waitForEvent('download'), page.click('a[href$="failures.gpkg"]')]);
  seen.failures = readFileSync(await download.path()).subarray(0, 15).toString('latin1');
  seen.good = await send(page, 'good.geojson');
  seen.again = await send(page, 'good.geojson');
  seen.unclear = await send(page, 'unclear.geojson');
  seen.answers = await page.locator('form.panel').evaluate((form) => Object.fromEntries(new FormData(form)));
  delete seen.answers.csrf;
  seen.lies = await text(page, '.halves .notice');
  await page.click('form.panel button');
  await page.waitForLoadState();
  seen.confirmed = await outcome(page);
  seen.parts = await send(page, ...['shp', 'shx', 'dbf', 'prj', 'cpg'].map((part) => `街区.${part}`));
  seen.sentAs = await text(page, 'dl.facts');
  await page.goto(`${base}/submissions`);
  seen.list = await page.locator('table tbody tr').allInnerTexts();
  await page.context().close();
}

/** The same without scripts: browse, send, read. */
async function withoutScripts() {
  const page = await person({ javaScriptEnabled: false });
  await signIn(page);
  await page.setInputFiles('#file', [file('bad.geojson')]);
  await page.click('#send');
  await page.waitForURL(/submissions\/[0-9a-f]{12}$/);
  for (let i = 0; i < 60 && !(await page.title()).includes('错误'); i += 1) {
    await page.waitForTimeout(500);
    await page.reload();
  }
  seen.plain = { title: await page.title(), says: await text(page, '#outcome') };
  await page.goto(`${base}/maps?q=jn`);
  seen.plainCards = await page.locator('.card').count();
  await page.context().close();
}

/** Language, theme and letter size stay chosen, and one stays on the page. */
async function wishes() {
  const page = await person();
  await page.goto(`${base}/maps?q=jn`);
  await page.click('.top >> text=English');
  const html = page.locator('html');
  const english = { lang: await html.getAttribute('lang'), address: new URL(page.url()).search, h1: await text(page, 'h1') };
  await page.click('.menu summary');
  await page.click('.menu button[value=large]');
  await page.waitForLoadState();
  await page.click('.menu summary');
  await page.click('.menu button[value=dark]');
  await page.waitForLoadState();
  await page.goto(`${base}/codes/${code}`);
  const font = await page.evaluate(() => getComputedStyle(document.body).fontSize);
  const ground = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const kept = { lang: await html.getAttribute('lang'), font, ground, h1: await text(page, 'h1') };
  await page.keyboard.press('Tab');
  const first = await page.evaluate(() => document.activeElement.className);
  await page.context().close();
  return { english, kept, first };
}

seen.catalogue = await catalogue();
await submitting();
await withoutScripts();
seen.wishes = await wishes();
await browser.close();
console.log(JSON.stringify(seen));

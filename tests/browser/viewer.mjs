// One person's journey through the viewer in headless Chromium; prints what was seen as one line of JSON.
//
//   node tests/browser/viewer.mjs BASE '{"raised": [code, lon, lat], "added": [...], "gone": [...], "past": day, "today": day}'

import { launchWith3d, launchWithout3d } from './chromium.mjs';

const PATIENCE = 120_000;

const [base, given] = process.argv.slice(2);
const city = JSON.parse(given);
const seen = { errors: [], elsewhere: [], bytes: 0 };
const maps = new Set(); // the days of the base map's tiles that were asked for
const mapsAsked = () => {
  const days = [...maps];
  maps.clear();
  return days;
};

function listen(page) {
  page.on('request', (request) => request.url().includes('/map/tiles/') && maps.add(new URL(request.url()).searchParams.get('datetime')));
  page.on('pageerror', (error) => seen.errors.push(error.message));
  page.on('console', (message) => message.type() === 'error' && seen.errors.push(message.text()));
  page.on('request', (request) => /^https?:/.test(request.url()) && !request.url().startsWith(base) && seen.elsewhere.push(request.url()));
}

async function open(browser, path) {
  const page = await browser.newPage({ viewport: { width: 800, height: 600 }, reducedMotion: 'reduce', locale: 'zh-CN' });
  page.setDefaultTimeout(PATIENCE);
  listen(page);
  const network = await page.context().newCDPSession(page);
  await network.send('Network.enable');
  let bytes = 0;
  network.on('Network.loadingFinished', ({ encodedDataLength }) => { bytes += encodedDataLength; });
  await page.goto(new URL(path, base).href);
  return { page, bytes: () => bytes };
}

const globe = (page) => page.waitForSelector('.has-globe');
/** Waits until nothing has been loading for a while: the end of one thing may be the beginning of another. */
const rest = async (page) => {
  await page.waitForTimeout(600);
  await page.waitForFunction(() => document.documentElement.dataset.busy === 'false');
};
const text = (page, selector) => page.locator(selector).innerText();
const fact = (page, name) => page.evaluate((label) => {
  const term = [...document.querySelectorAll('#card-facts dt')].find((dt) => dt.innerText === label);
  return term?.nextElementSibling.innerText ?? null;
}, name);
const above = ([, lon, lat]) => `/?camera=${lon},${lat},300,0,-90`;

/** Slides the date to a day as a hand on the slider does. */
const slide = (page, day) => page.evaluate((to) => {
  const slider = document.getElementById('slider');
  slider.value = Date.parse(`${to}T00:00:00Z`) / 86_400_000;
  slider.dispatchEvent(new Event('input', { bubbles: true }));
}, day);

async function firstVisit(browser) {
  const { page, bytes } = await open(browser, '/');
  await globe(page);
  seen.toGlobe = bytes();
  await rest(page);
  seen.toCity = bytes();
  seen.mapsAtFirst = mapsAsked();
  seen.addressAtFirst = page.url();
  seen.credits = await text(page, '.credits');
  seen.scale = await text(page, '#scale-text');
  await page.close();
}

/** Picks the building in the middle three times; how long the fastest took from the click to the card. */
async function fastestPick(page) {
  const took = [];
  for (let i = 0; i < 3; i++) {
    const middle = await page.evaluate(() => {
      window.shownAt = window.clickedAt = 0;
      const facts = document.getElementById('card-facts');
      new MutationObserver((_, observer) => { window.shownAt = performance.now(); observer.disconnect(); }).observe(facts, { childList: true });
      addEventListener('pointerup', () => { window.clickedAt = performance.now(); }, { capture: true, once: true });
      const { x, y, width, height } = document.getElementById('scene').getBoundingClientRect();
      return [x + width / 2, y + height / 2];
    });
    if (i) await page.click('#card-close');
    await page.mouse.click(...middle);
    await page.waitForFunction(() => window.shownAt && window.clickedAt);
    took.push(await page.evaluate(() => window.shownAt - window.clickedAt));
    await rest(page);
  }
  return Math.min(...took);
}

/** Clicks the building in the middle, reads its card, goes to the past, reads it again. */
async function clickAndTravel(browser) {
  const { page } = await open(browser, above(city.raised));
  await globe(page);
  await rest(page);
  seen.pickMilliseconds = await fastestPick(page);
  const card = async () => ({
    title: await text(page, '#card-title'), code: await text(page, '#card-facts .code'), class: await fact(page, '类别'),
    height: await fact(page, '高度'), from: await fact(page, '有效自'), source: await fact(page, '来源'),
    day: await text(page, '#card-day'), versions: await page.locator('#card-history button').count(),
    date: await page.inputValue('#day'), legend: await page.locator('#legend-day').textContent(), address: page.url(),
  });
  seen.today = await card();
  await slide(page, city.past);
  await rest(page);
  seen.past = await card();
  seen.sliderSays = await page.getAttribute('#slider', 'aria-valuetext');
  await page.click('#card-history button >> nth=0');
  await rest(page);
  seen.byHistory = await card();
  const link = page.url();
  await page.close();
  const again = await open(browser, link);
  await globe(again.page);
  await rest(again.page);
  seen.reopened = { address: again.page.url(), date: await again.page.inputValue('#day'), code: await text(again.page, '#card-facts .code') };
  return again.page;
}

/** Goes to a place by its coordinates, and picks with the keyboard what stands there, today and in the past. */
async function pickByKeys(page, [, lon, lat]) {
  await page.fill('#day', city.today);
  await page.keyboard.press('Enter');
  await page.fill('#q', `${lon}, ${lat}`);
  await page.keyboard.press('Enter');
  await rest(page);
  await page.focus('.skip');
  for (let i = 0; i < 60 && await page.evaluate(() => document.activeElement.id !== 'scene'); i++) await page.keyboard.press('Tab');
  const pick = async () => {
    await page.keyboard.press('Enter');
    await rest(page);
    return new URL(page.url()).searchParams.get('code');
  };
  const found = { today: await pick() };
  await page.keyboard.press('Escape');
  await page.keyboard.press(',');
  await rest(page);
  found.eve = await page.inputValue('#day');
  await page.keyboard.press(',');
  await rest(page);
  found.day = await page.inputValue('#day');
  found.past = await pick();
  await page.keyboard.press('?');
  found.keys = await page.locator('#keys').isVisible();
  await page.keyboard.press('Escape');
  return found;
}

/** Looks through the ground with one button, picks the pipe under a street, and comes back with one key. */
async function underground(browser, [, lon, lat]) {
  const { page } = await open(browser, `/?camera=${lon},${lat},90,0,-89`);
  await globe(page);
  await rest(page);
  const stands = async () => ({ pressed: await page.getAttribute('#tool-under', 'aria-pressed'), pipes: await page.evaluate(() => document.getElementById('layer-pipes').checked) });
  const under = { before: await stands() };
  await page.click('#tool-under');
  await rest(page);
  under.after = await stands();
  under.pitch = Number(new URL(page.url()).searchParams.get('camera').split(',')[4]);
  under.address = page.url();
  await page.focus('#scene');
  await page.keyboard.press('Enter');
  await rest(page);
  under.code = new URL(page.url()).searchParams.get('code');
  under.title = await text(page, '#card-title');
  await page.focus('#scene');
  await page.keyboard.press('0');
  await rest(page);
  under.home = await stands();
  await page.close();
  return under;
}

/** Sees the city from sixty kilometres: what is asked for, and what a pick says. */
async function fromAfar(browser, [, lon, lat]) {
  const { page } = await open(browser, '/about'); // the map is opened once requests are listened to
  const asked = new Set();
  page.on('request', (request) => asked.add(/3dtiles\/buildings\/(?:history\/)?(\w\/\d+)/.exec(request.url())?.[1]));
  await page.goto(new URL(`/?camera=${lon},${lat},60000,0,-90`, base).href);
  await globe(page);
  await rest(page);
  await page.focus('#scene');
  await page.keyboard.press('Enter');
  await rest(page);
  const far = { asked: [...asked].filter(Boolean).sort(), says: await page.locator('#live').textContent() };
  await page.close();
  return far;
}

async function noData(page) {
  mapsAsked();
  await page.fill('#day', '１９９９年１月２日');
  await page.keyboard.press('Enter');
  await rest(page);
  seen.empty = { date: await page.inputValue('#day'), note: await text(page, '#day-note'), maps: mapsAsked() };
  await page.click('#day-note button');
  await rest(page);
  seen.filled = { date: await page.inputValue('#day'), note: await text(page, '#day-note'), maps: mapsAsked() };
}

/** Enter, while an input method is composing, belongs to the input method. */
async function composing(page) {
  const before = page.url();
  await page.focus('#q');
  await page.evaluate(() => {
    const field = document.getElementById('q');
    field.value = '117.1, 36.65';
    field.dispatchEvent(new CompositionEvent('compositionstart'));
    const enter = { key: 'Enter', keyCode: 229, isComposing: true, bubbles: true, cancelable: true };
    window.ours = !field.dispatchEvent(new KeyboardEvent('keydown', enter));
  });
  await page.focus('#scene');
  await page.evaluate(() => {
    const comma = { key: ',', keyCode: 229, isComposing: true, bubbles: true, cancelable: true };
    document.getElementById('scene').dispatchEvent(new KeyboardEvent('keydown', comma));
  });
  await rest(page);
  seen.composing = { moved: page.url() !== before, results: await page.locator('#results-box').isVisible() };
}

/** What was found lately is offered while nothing is typed, chosen by keys, and forgotten at a click. */
async function lately(page) {
  const rows = () => page.locator('#results .result').allInnerTexts();
  await page.fill('#q', 'quanchenglu');
  await page.waitForFunction(() => document.querySelector('#results .result'));
  seen.pinyin = await rows();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await rest(page);
  await page.fill('#q', '');
  await page.focus('#q');
  await page.waitForSelector('#results .result');
  seen.lately = { rows: await rows() };
  await page.keyboard.press('ArrowDown');
  seen.lately.focus = await page.evaluate(() => document.activeElement.textContent);
  await page.click('#results-forget');
  seen.lately.forgotten = { rows: await rows(), kept: await page.evaluate(() => localStorage.getItem('shikong.recent')) };
}

async function without3d() {
  const browser = await launchWithout3d();
  const { page } = await open(browser, '/');
  await rest(page);
  seen.without3d = { notice: await text(page, '#notices'), rows: await page.locator('#list-table tr:has(a)').count(), groups: await page.locator('#list-table [scope=rowgroup]').allTextContents() };
  await page.click('#list-table button >> nth=0');
  await rest(page);
  seen.without3d.card = await text(page, '#card-facts .code');
  await browser.close();
}

const browser = await launchWith3d();
await firstVisit(browser);
const page = await clickAndTravel(browser);
seen.far = await fromAfar(browser, city.raised);
seen.under = await underground(browser, city.main);
seen.added = await pickByKeys(page, city.added);
seen.gone = await pickByKeys(page, city.gone);
await noData(page);
await composing(page);
await lately(page);
await browser.close();
await without3d();
console.log(JSON.stringify(seen));

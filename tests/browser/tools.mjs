// The viewer's tools by keyboard alone: measuring, cuts and water, two dates, layers, links; prints what was seen as JSON.
//
//   node tests/browser/tools.mjs BASE '{"raised": [code, lon, lat], "first": day, "main": [code, lon, lat]}'

import { readFileSync } from 'node:fs';
import { launchWith3d } from './chromium.mjs';

const AXE = readFileSync(new URL('../../node_modules/axe-core/axe.min.js', import.meta.url), 'utf8');
const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

const [base, given] = process.argv.slice(2);
const city = JSON.parse(given);
const seen = { errors: [], axe: {}, outside: {} };

const browser = await launchWith3d();
const page = await browser.newPage({ viewport: { width: 800, height: 600 }, reducedMotion: 'reduce', locale: 'zh-CN' });
page.setDefaultTimeout(90_000);
page.on('pageerror', (error) => seen.errors.push(error.message));
page.on('console', (message) => message.type() === 'error' && seen.errors.push(message.text()));

const rest = async () => {
  await page.waitForTimeout(600);
  await page.waitForFunction(() => document.documentElement.dataset.busy === 'false');
};
const press = async (...keys) => { for (const key of keys) await page.keyboard.press(key); };
const facts = () => page.evaluate(() => Object.fromEntries([...document.querySelectorAll('#measure-facts dt')].map((dt) => [dt.textContent, dt.nextElementSibling.textContent])));
const query = () => Object.fromEntries(new URL(page.url()).searchParams);
const open = (panel) => page.locator(`#${panel}`).isVisible();
/** The colour in the middle of a part of the scene, as a person sees it: one pixel of a picture of the page. */
const pixel = async (x, y) => (await page.screenshot({ clip: { x, y, width: 1, height: 1 } })).toString('base64');
/** The pixel once it is, or is no longer, what it was: a frame takes its time on a busy machine. */
const pixelOnce = async ([x, y], is, wanted) => {
  let found = await pixel(x, y);
  for (let i = 0; i < 40 && (found === is) !== wanted; i++) {
    await page.waitForTimeout(250);
    found = await pixel(x, y);
  }
  return found;
};
/** What lies outside of the view. */
const outside = () => [...document.querySelectorAll('button, a[href], input, select, summary, .panel :is(p, dt, dd, label)')].filter((one) => {
  const { left, right, width } = one.getBoundingClientRect();
  return one.checkVisibility() && width && left > -900 && (left < -1 || right > innerWidth + 1);
}).map((one) => `${one.id} ${one.textContent.trim().slice(0, 20)}`);
const check = async (panel) => {
  await page.evaluate(AXE);
  const { violations } = await page.evaluate((tags) => axe.run(document, { runOnly: tags }), TAGS);
  seen.axe[panel] = violations.map(({ id, nodes }) => `${id}: ${nodes[0].html.slice(0, 80)}`);
  const size = page.viewportSize();
  await page.setViewportSize({ width: 390, height: 844 });
  seen.outside[panel] = await page.evaluate(outside);
  await page.setViewportSize(size);
};

/** Measures from the roof of the raised building to the street east of it, then takes a point back, then copies. */
async function measure() {
  await press('m');
  await page.waitForSelector('#measure:not([inert])');
  await press('Enter');
  seen.measure = { open: await open('measure'), one: await page.locator('#measure-note').textContent() };
  for (let i = 0; i < 2; i++) await press('ArrowRight');
  await rest();
  await page.waitForTimeout(400); // until the place has been spoken
  await press('Enter');
  await page.waitForTimeout(200);
  seen.measure.distance = await facts();
  seen.measure.says = await page.locator('#live').textContent();
  seen.measure.link = query();
  seen.measure.drawn = await page.locator('#sketch circle').count();
  await press('Backspace');
  seen.measure.undone = await page.locator('#sketch circle').count();
  await press('Enter');
  await page.check('[name="measure"][value="height"]');
  seen.measure.height = await facts();
  await page.check('[name="measure"][value="profile"]');
  await page.waitForSelector('#profile:not([hidden])');
  seen.measure.profile = { says: await page.locator('#profile-says').textContent(), rows: await page.locator('#profile-rows tr').count(), pipes: await page.locator('#profile-pipes').textContent() };
  await check('measure');
  seen.measure.profile.tops = (await page.locator('#profile-rows td:last-child').allTextContents()).map((text) => Number(text.replaceAll('\u202f', ''))).filter(Number.isFinite);
  await page.focus('#scene');
  await press('Escape');
  seen.measure.closed = !(await open('measure')) && !(await page.locator('#sketch circle').count());
}

/** Cuts the city off just above the ground, then across, then floods it; each shows in the scene and in the address. */
async function cut() {
  await page.goto(`${base}/?camera=${city.raised[1]},${city.raised[2]},300,0,-90`);
  await page.waitForSelector('.has-globe');
  await rest();
  const middle = await page.evaluate(() => {
    const { x, y, width, height } = document.getElementById('scene').getBoundingClientRect();
    return [x + width / 2 - 18, y + height / 2]; // on the roof, beside the cross of the focus and the panel
  });
  seen.cut = { whole: await pixel(...middle) };
  await page.focus('#scene');
  await press('x');
  await page.waitForFunction(() => document.activeElement.closest('#cut'));
  seen.cut.focus = await page.evaluate(() => document.activeElement.id);
  await press('Space', 'Tab');
  await page.keyboard.type('38');
  await press('Enter');
  await rest();
  seen.cut.top = { ...query(), pixel: await pixelOnce(middle, seen.cut.whole, false) };
  await press('Escape');
  seen.cut.back = await page.evaluate(() => document.activeElement.id);
  await press('Enter');
  await page.click('#top-on');
  await page.click('#cut-here');
  await rest();
  seen.cut.side = query();
  await page.click('#water-on');
  await rest();
  seen.cut.water = { ...query(), pixel: await pixel(...middle) };
  await check('cut');
  await page.click('#cut-off');
  await rest();
  seen.cut.after = { ...query(), pixel: await pixelOnce(middle, seen.cut.whole, true) };
}

/** Compares with the first survey; moves the edge by keys and by its buttons. */
async function compare() {
  await page.focus('#scene');
  await press('c');
  await page.waitForSelector('#swipe:not([hidden])');
  await page.fill('#against', city.first);
  await press('Enter');
  await rest();
  await page.waitForFunction(() => document.querySelectorAll('#compare-list li').length > 0);
  seen.compare = {
    halves: await page.locator('.half').allTextContents(), note: await page.locator('#compare-note').textContent(),
    list: await page.locator('#compare-list li').allTextContents(), groups: await page.locator('#compare-list summary').allTextContents(), half: query(),
  };
  await page.focus('#swipe-range');
  await press('ArrowLeft', 'ArrowLeft');
  await page.waitForTimeout(200);
  seen.compare.moved = { ...query(), says: await page.getAttribute('#swipe-range', 'aria-valuetext') };
  await page.click('#swipe-75');
  await page.waitForTimeout(200);
  seen.compare.button = query();
  const { width, height } = await page.evaluate(() => { const r = document.getElementById('swipe-range').getBoundingClientRect(); return { width: r.width, height: r.height }; });
  seen.compare.handle = height;
  seen.compare.wide = width;
  await check('compare');
  const link = page.url();
  await page.goto(link);
  await page.waitForSelector('.has-globe');
  await rest();
  seen.compare.reopened = { ...query(), left: await page.inputValue('#against'), edge: await page.inputValue('#swipe-range') };
  await page.click('#compare-end');
  await rest();
  seen.compare.ended = query();
}

/** Fades and hides layers, and hears of one that cannot be fetched while the others stand. */
async function layers() {
  await page.route('**/3dtiles/pipes/**', (route) => route.fulfill({ status: 503, body: '' }));
  await page.goto(`${base}/?panel=layers&camera=${city.main[1]},${city.main[2]},90,0,-89&buildings=60`);
  await page.waitForSelector('.has-globe');
  await rest();
  seen.errors = seen.errors.filter((error) => !error.includes('503'));
  seen.layers = { strength: await page.inputValue('#strength-buildings') };
  await page.focus('#layer-pipes');
  await press('Space');
  await page.waitForFunction(() => document.getElementById('notices').textContent.includes('管线'));
  seen.layers.notice = await page.locator('#notices').textContent();
  await page.unroute('**/3dtiles/pipes/**');
  await page.waitForFunction(() => document.getElementById('fares-pipes').textContent === '');
  await rest();
  seen.layers.healed = await page.locator('#notices').textContent();
  await page.click('#more-buildings summary');
  await page.waitForFunction(() => /\d{4}-\d\d-\d\d/.test(document.getElementById('last-buildings').textContent));
  seen.layers.last = await page.locator('#more-buildings p').textContent();
  await page.focus('#strength-buildings');
  await press('ArrowLeft', 'ArrowLeft');
  await page.waitForTimeout(300);
  seen.layers.address = query();
  await check('layers');
  seen.errors = seen.errors.filter((error) => !error.includes('503'));
}

await page.goto(`${base}/?pipes=on&camera=${city.raised[1]},${city.raised[2]},300,0,-90`);
await page.waitForSelector('.has-globe');
await rest();
await page.focus('#scene');
await measure();
await cut();
await compare();
await layers();
await browser.close();
console.log(JSON.stringify(seen));

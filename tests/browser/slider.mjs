// Slides over days above a small city in headless Chromium; prints as one line of JSON which tiles were asked for meanwhile,
// how much of the picture each day changed and how much of that the very next frame showed, and what clicks found.
//
//   node tests/browser/slider.mjs BASE '{"camera": [lon, lat, height], "days": [...], "places": [[lon, lat], ...]}'

import { launchWith3d } from './chromium.mjs';

const PATIENCE = 120_000;
const SIDE = 160; // of the square in the middle that is compared

const [base, given] = process.argv.slice(2);
const { camera: [lon, lat, height], days, places } = JSON.parse(given);
const seen = { errors: [], asked: [], first: 0, next: {}, found: {} };

let pending = 0; // requests on their way

const rest = async (page) => {
  await page.waitForTimeout(400);
  await page.waitForFunction(() => document.documentElement.dataset.busy === 'false');
  for (let turn = 0; pending > 0 && turn < 50; turn++) await page.waitForTimeout(100);
};

/** Slides to a day as a hand does; returns the middle of the picture that the very next frame draws, and how soon. */
const slide = (page, day) => page.evaluate(async ([to, side]) => {
  const canvas = document.querySelector('#globe canvas');
  const slider = document.getElementById('slider');
  const began = performance.now();
  slider.value = Date.parse(`${to}T00:00:00Z`) / 86_400_000;
  slider.dispatchEvent(new Event('input', { bubbles: true }));
  await new Promise(requestAnimationFrame); // the engine asked for this frame before us, so it has drawn
  const took = performance.now() - began;
  const middle = new OffscreenCanvas(side, side).getContext('2d');
  middle.drawImage(canvas, Math.floor((canvas.width - side) / 2), Math.floor((canvas.height - side) / 2), side, side, 0, 0, side, side);
  return { took, picture: [...middle.getImageData(0, 0, side, side).data] };
}, [day, SIDE]);

/** Shows the scene alone, or all of the page again: notes that lie over the scene are no part of its picture. */
const alone = (page, css) => page.evaluate((rules) => {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(rules);
  document.adoptedStyleSheets = [sheet];
}, css);

/** The middle of the picture that stands on the screen. */
async function standing(page, box) {
  const clip = { x: box.x + Math.floor((box.width - SIDE) / 2), y: box.y + Math.floor((box.height - SIDE) / 2), width: SIDE, height: SIDE };
  await alone(page, 'body * { visibility: hidden !important } #globe, #globe * { visibility: visible !important }');
  const shot = (await page.screenshot({ clip })).toString('base64');
  await alone(page, '');
  return page.evaluate(async ([png, side]) => {
    const middle = new OffscreenCanvas(side, side).getContext('2d');
    middle.drawImage(await createImageBitmap(await (await fetch(`data:image/png;base64,${png}`)).blob()), 0, 0);
    return [...middle.getImageData(0, 0, side, side).data];
  }, [shot, SIDE]);
}

/** How much of the picture a day changed, and at how much of that the next frame is nearer to what stays than to what was. */
function compared(before, next, now) {
  const changed = now.map((_, i) => i).filter((i) => Math.abs(now[i] - before[i]) > 8);
  const shown = changed.filter((i) => Math.abs(next[i] - now[i]) < Math.abs(next[i] - before[i]));
  return { changed: changed.length / now.length, shown: shown.length / changed.length };
}

const browser = await launchWith3d();
const page = await browser.newPage({ viewport: { width: 800, height: 600 }, reducedMotion: 'reduce', locale: 'zh-CN' });
page.setDefaultTimeout(PATIENCE);
page.on('pageerror', (error) => seen.errors.push(error.message));
page.on('console', (message) => message.type() === 'error' && seen.errors.push(message.text()));
let sliding = false;
for (const end of ['requestfinished', 'requestfailed']) page.on(end, () => { pending -= 1; });
page.on('request', (request) => {
  pending += 1;
  if (!request.url().includes('/3dtiles/')) return;
  if (sliding) seen.asked.push(request.url());
  else seen.first += 1;
});
await page.goto(new URL(`/?camera=${lon},${lat},${height},0,-90&map=0`, base).href);
await page.waitForSelector('.has-globe');
await rest(page);

const box = await page.locator('#globe canvas').boundingBox();
const metres = (2 * height * Math.tan(Math.PI / 6)) / Math.max(box.width, box.height);
const spot = ([x, y]) => [
  box.x + box.width / 2 + ((x - lon) * 111_320 * Math.cos((lat * Math.PI) / 180)) / metres,
  box.y + box.height / 2 - ((y - lat) * 110_970) / metres,
];
sliding = true;
for (const day of [...days, days[0]]) { // what a day chooses of surveys' products has come once before pictures are compared
  await slide(page, day);
  await rest(page);
}
let before = await standing(page, box);
for (const day of days) {
  const { took, picture } = await slide(page, day);
  await rest(page);
  const now = await standing(page, box);
  seen.next[day] = { took, ...compared(before, picture, now) };
  seen.found[day] = [];
  for (const place of places) {
    await page.mouse.click(...spot(place));
    await page.waitForTimeout(500);
    seen.found[day].push(new URL(page.url()).searchParams.get('code'));
  }
  await page.keyboard.press('Escape');
  await rest(page);
  before = await standing(page, box);
}
await browser.close();
console.log(JSON.stringify(seen));

// One visit to the viewer at a camera, until everything in view is loaded; prints what was said and asked as one line of JSON.
//
//   node tests/browser/visit.mjs BASE PATH

import { launchWith3d } from './chromium.mjs';


const [base, path] = process.argv.slice(2);
const browser = await launchWith3d();
const page = await browser.newPage({ viewport: { width: 640, height: 480 }, reducedMotion: 'reduce', locale: 'zh-CN' });
page.setDefaultTimeout(120_000);
const seen = { errors: [], answered: {} };
page.on('pageerror', (error) => seen.errors.push(error.message));
page.on('console', (message) => message.type() === 'error' && seen.errors.push(`${message.text()} ${message.location().url}`));
page.on('response', (response) => {
  const kind = /\.(\w+)(?:\?|$)/.exec(new URL(response.url()).pathname)?.[1] ?? '';
  const key = `${kind} ${response.status()}`;
  seen.answered[key] = (seen.answered[key] ?? 0) + 1;
});
await page.goto(base + path, { waitUntil: 'commit' });
await page.waitForSelector('.has-globe');
await page.waitForTimeout(600);
await page.waitForFunction(() => document.documentElement.dataset.busy === 'false');
await browser.close();
console.log(JSON.stringify(seen));

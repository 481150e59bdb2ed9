// One pass over pages in headless Chromium: everything here runs offline.
//
//   node tests/browser/page-checks.mjs BASE [--token department-token] path[@kB] …
//
// For each page: axe (WCAG 2.2 AA and best practice) dark and narrow, then light and wide, a walk through it by keyboard, how it
// flows at 320 px, with wide text and with large text, what it says in the made-up language (the viewer with every panel opened),
// whether its console and its requests are silent, and where kilobytes are given, whether it is light. Prints the faults, and
// `N passed, N failed`.

import { readFileSync } from 'node:fs';
import { launchWith3d, launchWithout3d } from './chromium.mjs';

const AXE = readFileSync(new URL('../../node_modules/axe-core/axe.min.js', import.meta.url), 'utf8');
const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
const SPACING = '*{line-height:1.5!important;letter-spacing:.12em!important;word-spacing:.16em!important}';
const MOST_STOPS = 200;

const [base, ...rest] = process.argv.slice(2);
let token = '';
const pages = [];
while (rest.length) {
  const word = rest.shift();
  if (word === '--token') token = rest.shift();
  else pages.push(word);
}
const faults = [];
const fault = (page, rule, what) => faults.push({ page, rule, what });

/** What the focused element is like now; null once the walk has left the page. */
const stop = () => {
  const e = document.activeElement;
  if (!e || e === document.body) return null;
  const r = e.getBoundingClientRect();
  const c = getComputedStyle(e);
  const [x, y] = [r.x + r.width / 2, r.y + Math.min(r.height / 2, 12)];
  const top = document.elementFromPoint(x, y);
  const name = e.getAttribute('aria-label') || e.getAttribute('aria-labelledby') || e.innerText || e.title || e.querySelector('img[alt]')?.alt || '';
  const ringed = [e, e.parentElement].some((one) => {
    const style = getComputedStyle(one);
    return style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2 && style.opacity !== '0';
  });
  return {
    id: `${e.tagName.toLowerCase()}${e.id ? `#${e.id}` : ''} ${name.trim().slice(0, 24)}`,
    first: e === document.querySelector('.skip'),
    named: Boolean(name.trim() || e.labels?.length),
    seen: r.bottom > 0 && r.top < innerHeight && r.right > 0 && r.left < innerWidth,
    covered: Boolean(top) && !e.contains(top) && !top.contains(e),                       // 2.4.11
    ring: ringed,                                                                        // 2.4.7
    small: c.display !== 'inline' && (r.width < 24 || r.height < 24),                    // 2.5.8
  };
};

/** Controls that lie outside the view, also those in folded parts, and pages that scroll sideways. */
const outside = () => {
  const look = () => [...document.querySelectorAll('button,a[href],input,select,summary')].filter((e) => {
    const r = e.getBoundingClientRect();
    return e.checkVisibility() && r.width && r.left > -900 && (r.right > innerWidth + 1 || r.left < -1) && !e.closest('[role=region][tabindex]');
  }).map((e) => (e.getAttribute('aria-label') || e.innerText || e.id).trim().slice(0, 20));
  const lost = look();
  for (const folded of document.querySelectorAll('details:not([open])')) {
    folded.open = true;
    lost.push(...look());
    folded.open = false;
  }
  const wide = document.scrollingElement.scrollWidth - innerWidth;
  return wide > 1 ? [...lost, `scrolls sideways by ${wide} px`] : lost;
};

/** Waits until colours have stopped fading. */
const settled = async () => {
  const fading = () => document.getAnimations().filter(({ effect }) => effect.getComputedTiming().endTime < Infinity);
  for (let frame = 0; frame < 3 || (fading().length && frame < 120); frame += 1) await new Promise(requestAnimationFrame);
};

/** Adds a style, or takes it away again; a style sheet made by a script is not held back by the page's policy. */
const dress = (css) => {
  document.adoptedStyleSheets = [];
  if (!css) return;
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(css);
  document.adoptedStyleSheets = [sheet];
};

/** Text that no message said: in the made-up language every message stands in ⟦ ⟧. */
const untranslated = () => {
  const bad = [];
  const skip = 'script,style,code,kbd,noscript,[translate=no],[data-value]';
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const opened = (node) => {
    for (let e = node.parentElement; e && e !== document.body; e = e.parentElement) {
      if (/^⟦[^]*⟧$/.test(e.textContent.trim())) return true;
    }
    return false;
  };
  while (walker.nextNode()) {
    const node = walker.currentNode;
    const text = node.data.trim();
    if (/\p{L}{2,}/u.test(text) && !/[⟦⟧]/.test(text) && !node.parentElement.closest(skip) && !opened(node)) bad.push(text.slice(0, 40));
  }
  for (const name of ['aria-label', 'title', 'alt', 'placeholder']) {
    for (const e of document.querySelectorAll(`[${name}]`)) {
      const value = e.getAttribute(name);
      if (/\p{L}{2,}/u.test(value) && !value.includes('⟦') && !e.closest(skip)) bad.push(`@${name}=${value.slice(0, 40)}`);
    }
  }
  if (!document.title.includes('⟦')) bad.push(`title: ${document.title}`);
  return bad;
};

/** 汉字 on an English page that is not marked as data or as Chinese. */
const chinese = () => {
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const bad = [];
  while (walker.nextNode()) {
    const { data, parentElement } = walker.currentNode;
    if (/[\u4e00-\u9fff]/.test(data) && !parentElement.closest('script,[translate=no],[data-value],[lang^=zh],option')) bad.push(data.trim().slice(0, 30));
  }
  return bad;
};

const globe = pages.some((spec) => /^\/(@|\?|$)/.test(spec));
const browser = await (globe ? launchWith3d() : launchWithout3d());

/** The cookies of a department that has signed in, shared by all pages; none where no token is given. */
async function signedIn() {
  if (!token) return undefined;
  const context = await browser.newContext();
  await context.request.post(`${base}/sign-in`, { form: { token, next: '/about' } });
  const state = await context.storageState();
  await context.close();
  return state;
}

const storageState = await signedIn();

async function open(path, width, height, theme, query = '') {
  const context = await browser.newContext({ viewport: { width, height }, reducedMotion: 'reduce', locale: 'zh-CN', storageState });
  const page = await context.newPage();
  const weighed = { Document: 0, Stylesheet: 0, Script: 0, all: 0 };
  const kinds = new Map();
  page.on('pageerror', (error) => fault(path, 'js-error', error.message.slice(0, 100)));
  page.on('console', (message) => {
    const expected = message.text().includes('status of 4') && message.location().url === page.url();
    if (message.type() === 'error' && !expected) fault(path, 'console', message.text().slice(0, 160));
  });
  page.on('request', (request) => {
    if (/^https?:/.test(request.url()) && !request.url().startsWith(base)) fault(path, 'off-host', request.url().slice(0, 80));
  });
  const client = await context.newCDPSession(page);
  await client.send('Network.enable');
  client.on('Network.responseReceived', ({ requestId, type, response }) => kinds.set(requestId, response.url.includes('thumbnail') ? 'Thumbnail' : type));
  client.on('Network.loadingFinished', ({ requestId, encodedDataLength: bytes }) => {
    const kind = kinds.get(requestId);
    if (kind in weighed) weighed[kind] += bytes;
    if (kind !== 'Thumbnail') weighed.all += bytes;
  });
  const join = query && (path.includes('?') ? '&' : '?') + query;
  await page.goto(base + path + join, { waitUntil: 'load' });
  if (theme) await page.evaluate((name) => { document.documentElement.dataset.theme = name; }, theme);
  await page.evaluate(settled);
  await page.waitForFunction(() => document.documentElement.dataset.busy !== 'true', undefined, { timeout: 120_000 });
  return { page, weight: () => weighed, close: () => context.close() };
}

/** Holds a page to its kilobytes: HTML and styles 30, scripts 40, everything but the pictures of a list as many as are given. */
function weigh(path, { Document: html, Stylesheet: css, Script: js, all }, budget) {
  for (const [what, bytes, most] of [['HTML and styles', html + css, 30], ['scripts', js, 40], ['all', all, budget]]) {
    if (bytes > most * 1000) fault(path, 'weight', `${what}: ${Math.round(bytes / 1000)} kB of ${most}`);
  }
}

/** Dark and narrow, then light and wide, as it began. */
async function axe(path, page) {
  await page.evaluate(AXE);
  for (const [theme, width, height] of [['dark', 390, 844], ['light', 1280, 800]]) {
    await page.setViewportSize({ width, height });
    await page.evaluate((name) => { document.documentElement.dataset.theme = name; }, theme);
    await page.evaluate(settled);
    const { violations } = await page.evaluate((tags) => axe.run(document, { runOnly: tags }), TAGS);
    for (const { id, nodes } of violations) fault(path, `axe ${id}`, `${theme} ${width}: ${nodes.length} × ${nodes[0].target} ${nodes[0].html.slice(0, 90)}`);
  }
}

async function walk(path, page) {
  for (let count = 0; count < MOST_STOPS; count += 1) {
    await page.keyboard.press('Tab');
    const found = await page.evaluate(stop);
    if (!found) return;
    if (count === 0 && !found.first) fault(path, 'walk', 'the skip link is not the first stop');
    for (const what of ['named', 'seen', 'ring']) if (!found[what]) fault(path, `walk not ${what}`, found.id);
    for (const what of ['covered', 'small']) if (found[what]) fault(path, `walk ${what}`, found.id);
  }
}

async function flow(path, page) {
  for (const [name, css, width] of [['reflow 320', '', 320], ['text spacing', SPACING, 1280], ['text 200 %', 'html{font-size:200%!important}', 1280]]) {
    await page.setViewportSize({ width, height: 800 });
    await page.evaluate(dress, css);
    const found = await page.evaluate(outside);
    if (found.length) fault(path, name, found.join(' | ').slice(0, 160));
    await page.evaluate(dress, '');
  }
}

/** Opens the viewer's panels one after another, so that all they say is there to be read; each fits a wide and a narrow window. */
async function panels(path, page) {
  for (const tool of await page.locator('.column [aria-controls]').evaluateAll((tools) => tools.map(({ id }) => id))) {
    await page.evaluate((id) => document.getElementById(id).click(), tool);
    await page.waitForTimeout(700); // what a panel asks for begins a moment after it is open
    await page.waitForFunction(() => document.documentElement.dataset.busy !== 'true', undefined, { timeout: 120_000 });
    for (const width of [390, 1280]) {
      await page.setViewportSize({ width, height: 800 });
      const found = await page.evaluate(outside);
      if (found.length) fault(path, `${tool} ${width}`, found.join(' | ').slice(0, 160));
    }
  }
}

async function check(spec) {
  const [, path, budget] = /^(.*?)(?:@(\d+))?$/.exec(spec);
  const { page, weight, close } = await open(path, 1280, 800, 'light');
  if (budget) weigh(path, weight(), Number(budget));
  await walk(path, page);
  await axe(path, page);
  await flow(path, page);
  await close();
  const pseudo = await open(path, 1280, 800, '', 'lang=xx');
  if (await pseudo.page.evaluate(() => document.documentElement.lang !== 'xx')) fault(path, 'made-up language', 'is not served');
  await panels(path, pseudo.page);
  for (const text of await pseudo.page.evaluate(untranslated)) fault(path, 'untranslated', text);
  for (const [width, found] of [[1280, await pseudo.page.evaluate(outside)], [390, (await pseudo.page.setViewportSize({ width: 390, height: 844 }), await pseudo.page.evaluate(outside))]]) {
    if (found.length) fault(path, `made-up language ${width}`, found.join(' | ').slice(0, 160));
  }
  await pseudo.close();
  const english = await open(path, 1280, 800, '', 'lang=en');
  for (const text of await english.page.evaluate(chinese)) fault(path, 'Chinese on the English page', text);
  await english.close();
}

const waiting = [...pages];
const worker = async () => { while (waiting.length) await check(waiting.shift()); };
await Promise.all([worker(), worker(), worker()]);
await browser.close();
for (const { page, rule, what } of faults) console.log(`${page}  ${rule}  ${what}`);
const failed = new Set(faults.map(({ page }) => page)).size;
console.log(`${pages.length - failed} passed, ${failed} failed (${faults.length} faults)`);
process.exit(faults.length ? 1 : 0);

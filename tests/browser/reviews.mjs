// Walks through the review desk as officers do and prints what it saw, as one line of JSON.
//
//   node tests/browser/reviews.mjs BASE '{"token"}' [folder for pictures]

import { launchWithout3d } from './chromium.mjs';

const [base, given, pictures] = process.argv.slice(2);
const { token } = JSON.parse(given);
const seen = { errors: [], elsewhere: [] };
const browser = await launchWithout3d();

async function officer(options = {}) {
  const context = await browser.newContext({ locale: 'zh-CN', viewport: { width: 1280, height: 800 }, reducedMotion: 'reduce', ...options });
  await context.request.post(`${base}/sign-in`, { form: { token, next: '/about' } });
  const page = await context.newPage();
  page.setDefaultTimeout(30_000);
  page.on('pageerror', (error) => seen.errors.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error' && !message.text().includes('status of 4')) seen.errors.push(message.text());
  });
  page.on('request', (request) => { if (!request.url().startsWith(base) && request.url().startsWith('http')) seen.elsewhere.push(request.url()); });
  page.on('dialog', (dialog) => { seen.errors.push(`a page asked: ${dialog.message()}`); dialog.dismiss(); });
  return page;
}

const text = async (page, where) => (await page.locator(where).first().innerText()).replace(/\u202f/g, ' ').trim();
const shot = async (page, name) => { if (pictures) await page.screenshot({ path: `${pictures}/${name}.png` }); };
const shown = (page) => page.getAttribute('#case', 'data-id');
const said = (page, words) => page.waitForFunction((wanted) => document.getElementById('said')?.innerText.includes(wanted), words, { timeout: 30_000 });

/** Presses a key and waits for another case, or for the list; how many milliseconds until the page said something. */
async function press(page, key) {
  const before = await shown(page);
  await page.evaluate(() => {
    window.answered = 0;
    addEventListener('keydown', ({ timeStamp }) => {
      new MutationObserver((_, observer) => { window.answered = performance.now() - timeStamp; observer.disconnect(); })
        .observe(document.getElementById('said'), { childList: true });
    }, { once: true, capture: true });
  });
  await page.keyboard.press(key);
  let answered = 0;
  for (let tries = 0; tries < 600; tries += 1) {
    const [now, took] = await page.evaluate(() => [document.getElementById('case')?.dataset.id, window.answered]).catch(() => []);
    answered ||= took ?? 0;
    if (now !== before) break;
    await page.waitForTimeout(25);
  }
  return answered;
}

/** What must not decide anything: composing with an input method, typing a note, keys with a modifier. */
async function quiet(page) {
  const id = await shown(page);
  await page.evaluate(() => {
    const keydown = (more) => document.body.dispatchEvent(new KeyboardEvent('keydown', { key: '1', bubbles: true, cancelable: true, ...more }));
    keydown({ isComposing: true });
    keydown({ keyCode: 229 });
    keydown({ ctrlKey: true });
  });
  await page.focus('#note');
  await page.keyboard.type('12345');
  const note = await page.inputValue('#note');
  await page.fill('#note', '');
  await page.locator('h1').click();
  await page.keyboard.press('?');
  await page.keyboard.press('1');
  const sheet = await page.locator('dialog[open]').count();
  await shot(page, 'keys');
  await page.keyboard.press('?');
  await page.waitForTimeout(300);
  return { moved: (await shown(page)) !== id, note, sheet };
}

async function batch(page) {
  await page.goto(`${base}/reviews`);
  await page.locator('.batches a', { hasText: '可能拆除重建' }).click();
  await shot(page, 'batch');
  const ticked = await page.locator('.multiples input:checked').count();
  await page.locator('.multiples input').first().uncheck();
  await page.click('button[value=reject]');
  await page.waitForURL(/reviews\?.*done=/);
  const left = await text(page, 'body');
  await shot(page, 'batch-done');
  await page.click('.notice button');
  await page.waitForURL(/reviews\/\d+$/);
  await page.goto(`${base}/reviews`);
  return { ticked, done: left.includes('判断已记下'), after: await text(page, '.queue-count') };
}

/** How many notes the list has of cases that colleagues hold. */
async function hiddenCases(page) {
  await page.goto(`${base}/reviews`);
  return page.locator('.hidden-cases').count();
}

async function colleague(page) {
  const other = await officer();
  await other.goto(`${base}/reviews`);
  await other.fill('#officer', '张工');
  await other.click('.officer button');
  await other.goto(`${base}/reviews/7`);
  await other.waitForResponse((answer) => answer.url().endsWith('/hold'));
  await page.goto(`${base}/reviews`);
  const hidden = await text(page, '.hidden-cases summary');
  await page.goto(`${base}/reviews/7`);
  const notice = await text(page, '#held');
  const verdicts = await page.locator('#decide').count();
  await shot(page, 'held');
  await other.goto('about:blank'); // without a window, closing alone is not told to the page
  for (let tries = 0; tries < 40 && await hiddenCases(page); tries += 1) await page.waitForTimeout(250);
  await other.context().close();
  return { hidden, notice, verdicts };
}

async function cutting(page) {
  await page.goto(`${base}/reviews/8`);
  await page.keyboard.press('x');
  await page.waitForFunction(() => document.getElementById('cut-parts').innerText.includes('2'));
  const first = await text(page, '#cut-parts');
  const box = await page.locator('#map path.before:not(.other)').boundingBox();
  await page.mouse.move(box.x + box.width * 0.2, box.y - 15);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * 0.3, box.y + box.height + 15, { steps: 5 });
  await page.mouse.up();
  await page.waitForFunction((before) => document.getElementById('cut-parts').innerText.replace(/\u202f/g, ' ') !== before, first);
  await page.waitForTimeout(300);
  const drawn = await text(page, '#cut-parts');
  await shot(page, 'cut');
  await page.keyboard.press('ArrowRight');
  await page.waitForTimeout(400);
  const shifted = await text(page, '#cut-parts');
  await page.locator('h1').click();
  await page.keyboard.press('Enter');
  await said(page, '分割');
  await page.keyboard.press('z');
  await said(page, '已撤回');
  return { first, drawn, shifted, back: await shown(page) };
}

async function plain() {
  const page = await officer({ javaScriptEnabled: false });
  await page.goto(`${base}/reviews`);
  await page.click('#begin');
  const id = await shown(page);
  await page.click('button[value=reject]');
  const next = await shown(page);
  await shot(page, 'plain');
  await page.click('.said-plain button');
  const back = await shown(page);
  await page.context().close();
  return { id, next, back };
}

/** The solid is real: it looks otherwise once it is turned by keys, and again by dragging. */
async function turning(page) {
  await page.goto(`${base}/reviews/1`);
  const look = () => page.evaluate(() => document.getElementById('solid').toDataURL());
  const looks = [await look()];
  await page.focus('#solid');
  await page.keyboard.press('ArrowLeft');
  looks.push(await look());
  const box = await page.locator('#solid').boundingBox();
  await page.mouse.move(box.x + 100, box.y + 100);
  await page.mouse.down();
  await page.mouse.move(box.x + 200, box.y + 140, { steps: 3 });
  await page.mouse.up();
  looks.push(await look());
  await page.focus('#solid');
  await page.keyboard.press('0');
  looks.push(await look());
  return { different: new Set(looks).size, reset: looks[0] === looks[3], moved: (await shown(page)) !== '1' };
}

/** Everything that waits, decided by keys alone. */
async function allByKeys(page) {
  await page.bringToFront();
  await page.goto(`${base}/reviews`);
  await shot(page, 'queue');
  await page.focus('#begin');
  await page.keyboard.press('Enter');
  await page.waitForURL(/reviews\/\d+/);
  const [times, verdicts, places] = [[], [], []];
  for (let count = 0; count < 60 && await page.locator('#case').count(); count += 1) {
    places.push(await text(page, '#place'));
    if (count === 0) await shot(page, 'case');
    const able = async (name) => page.locator(`button[value=${name}]:enabled`).count();
    const key = ['1', '2', '5', (await able('merge')) ? '4' : '3'][count % 4];
    times.push(await press(page, key));
    verdicts.push(key);
    if (count === 2) {
      await said(page, '不采纳');
      await shot(page, 'decided');
      await page.keyboard.press('z');
      await said(page, '已撤回');
      verdicts.push('z');
    }
    await page.waitForTimeout(150);
  }
  await page.waitForURL(/\/reviews(\?|$)/);
  await shot(page, 'finished');
  return { times, verdicts, places, end: await text(page, '.empty'), decided: (await (await page.request.get(`${base}/reviews/decided`, { headers: { Accept: 'application/json' } })).json()).decisions.length };
}

const page = await officer();
await page.goto(`${base}/reviews/1`);
seen.quiet = await quiet(page);
seen.turning = await turning(page);
seen.batch = await batch(page);
seen.colleague = await colleague(page);
seen.cutting = await cutting(page);
seen.plain = await plain();
seen.keys = await allByKeys(page);
await browser.close();
console.log(JSON.stringify(seen));

// The code that docs/clients.md shows runs in pages of another origin than the service; prints what was seen as one line of JSON.
//
//   node tests/browser/documented.mjs PICTURES-FOLDER|- '{"name": "iTowns", "address": …, "at": {lon, lat, height, away, day}, "wanted": [...]}'
//
// Of each: what failed, what was asked for, the code of what stands in the middle of the view once the parts wanted are asked for,
// and a picture.

import { existsSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { launchElsewhere } from './chromium.mjs';

const HERE = fileURLToPath(new URL('.', import.meta.url));
const ROOT = join(HERE, '../..');
const HOME = 'http://client.test';
const PATIENCE = 60_000;
const STILL = 8_000;
const KINDS = { '.js': 'text/javascript', '.json': 'application/json', '.wasm': 'application/wasm', '.jpg': 'image/jpeg', '.png': 'image/png' };
const STYLE = 'body { margin: 0 } #map { position: relative; width: 480px; height: 320px } #map canvas, .cesium-widget { width: 100%; height: 100%; display: block }';
const PAGE = `<!doctype html><title>client</title><style>${STYLE}</style><div id="map"></div>`;

const [pictures, ...things] = process.argv.slice(2);
const words = readFileSync(join(ROOT, 'docs/clients.md'), 'utf8');

/** The code under a heading of the page. */
function shown(name) {
  const part = words.split(/^## /m).find((text) => text.startsWith(`${name}\n`));
  return /^```js\n(.*?)^```/ms.exec(part)[1];
}

/** One module of the code shown, the address and the place put in for those of the page, and all it imports. */
async function bundled({ name, address, at, packages = ROOT }) {
  const about = `export const SHIKONG = ${JSON.stringify(address)}; export const AT = ${JSON.stringify(at)};`;
  const put = (filter, namespace, contents) => ({
    name: namespace,
    setup: (made) => {
      made.onResolve({ filter }, () => ({ path: name, namespace }));
      made.onLoad({ filter: /./, namespace }, () => ({ contents, resolveDir: packages }));
    },
  });
  const { outputFiles: [{ text }] } = await build({
    stdin: { contents: "import * as client from 'shown'; window.client = client;", resolveDir: packages },
    bundle: true, write: false, format: 'esm', target: 'es2022', logLevel: 'error', external: ['fs', 'path', 'url', 'module'],
    define: { CESIUM_BASE_URL: '"/"', 'process.env.NODE_ENV': '"production"' }, loader: { '.wasm': 'binary' },
    plugins: [put(/^shown$/, 'shown', shown(name)), put(/^\.\/shikong\.js$/, 'about', about)],
  });
  return text;
}

/** The page itself, its script, and the files that CesiumJS comes with. */
function answer(path, script) {
  if (path === '/') return { contentType: 'text/html', body: PAGE };
  if (path === '/main.js') return { contentType: KINDS['.js'], body: script };
  const engine = join(ROOT, 'node_modules/@cesium/engine');
  const file = [join(engine, 'Build', path), join(engine, 'Source', path)].find((name) => existsSync(name));
  return file ? { contentType: KINDS[extname(file)] ?? 'application/octet-stream', body: readFileSync(file) } : { status: 404, body: '' };
}

/** Waits until more than the beginning of all that is wanted was asked for and something stands in the middle of the view; its code, or null after a while. */
async function found(page, { wanted }, { asked }) {
  for (const began = Date.now(); Date.now() - began < PATIENCE; await page.waitForTimeout(250)) {
    const code = await page.evaluate(() => window.client?.codeAt(240, 160));
    if (code && wanted.every((part) => asked[part] > 1)) return code;
  }
  return null;
}

async function visited(browser, thing) {
  const seen = { errors: [], failed: [], asked: {} };
  const page = await browser.newPage({ viewport: { width: 480, height: 320 } });
  const script = await bundled(thing);
  await page.route(`${HOME}/**`, (route) => route.fulfill(answer(new URL(route.request().url()).pathname, script)));
  page.on('pageerror', (error) => seen.errors.push(error.stack ?? error.message));
  page.on('console', (message) => message.type() === 'error' && seen.errors.push(`${message.text()} ${message.location().url}`));
  page.on('requestfailed', (request) => seen.failed.push(`${request.url()} ${request.failure().errorText}`));
  page.on('response', (response) => {
    const { origin, pathname } = new URL(response.url());
    if (origin !== HOME && !response.ok()) seen.failed.push(`${response.url()} ${response.status()}`);
    const part = /^\/(?:3dtiles\/)?([^/]*)/.exec(pathname)[1];
    if (origin !== HOME && response.ok()) seen.asked[part] = (seen.asked[part] ?? 0) + 1;
  });
  await page.goto(`${HOME}/`);
  await page.addScriptTag({ url: '/main.js', type: 'module' });
  seen.code = await found(page, thing, seen).catch(({ message }) => { seen.errors.push(message); return null; });
  if (pictures !== '-') await page.waitForTimeout(STILL);
  if (pictures !== '-') await page.screenshot({ path: join(pictures, `${thing.name}.png`) });
  await page.close();
  return seen;
}

const browser = await launchElsewhere();
const all = {};
for (const thing of things.map((text) => JSON.parse(text))) all[thing.name] = await visited(browser, thing);
await browser.close();
console.log(JSON.stringify(all));

// A client of another origin than the service looks at what it serves; prints what it saw as one line of JSON.
//
//   node tests/browser/client.mjs client-cesium.js|client-three.js PICTURES-FOLDER|- '[{"name": …, "url": …, …}, …]'
//
// For each thing: what failed, how many tiles were drawn, and what its page script found out besides.

import { existsSync, readFileSync } from 'node:fs';
import { basename, extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { launchElsewhere } from './chromium.mjs';

const HERE = fileURLToPath(new URL('.', import.meta.url));
const ENGINE = join(HERE, '../../node_modules/@cesium/engine');
const HOME = 'http://client.test';
const KINDS = { '.js': 'text/javascript', '.json': 'application/json', '.wasm': 'application/wasm', '.jpg': 'image/jpeg', '.png': 'image/png' };

const [client, pictures, things] = process.argv.slice(2);
const { outputFiles: [{ text: script }] } = await build({
  entryPoints: [join(HERE, client)], bundle: true, write: false, format: 'iife', target: 'es2022', logLevel: 'error',
  external: ['fs', 'path', 'url', 'module'],
});

/** The page itself, and the engine's own files, as its maker ships them. */
function answer(path) {
  if (path === '/') return { contentType: 'text/html', body: '<!doctype html><title>client</title><body style="margin:0">' };
  const file = [join(ENGINE, 'Build', path), join(ENGINE, 'Source', path)].find((name) => existsSync(name));
  return file ? { contentType: KINDS[extname(file)] ?? 'application/octet-stream', body: readFileSync(file) } : { status: 404, body: '' };
}

const browser = await launchElsewhere();
const page = await browser.newPage({ viewport: { width: 480, height: 320 } });
await page.route(`${HOME}/**`, (route) => route.fulfill(answer(new URL(route.request().url()).pathname)));
const errors = [];
page.on('pageerror', (error) => errors.push(error.message));
page.on('console', (message) => message.type() === 'error' && errors.push(`${message.text()} ${message.location().url}`));
await page.goto(`${HOME}/`);
await page.addScriptTag({ content: script });
const seen = {};
for (const thing of JSON.parse(things)) {
  seen[thing.name] = await page.evaluate((given) => window.look(given), thing);
  if (pictures !== '-') await page.screenshot({ path: join(pictures, `${basename(thing.name)}.png`) });
}
await browser.close();
console.log(JSON.stringify({ errors, seen }));

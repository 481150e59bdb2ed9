// A client that is not CesiumJS: three.js with 3d-tiles-renderer, of another origin; prints what it drew as one line of JSON.
//
//   node tests/browser/second-client.mjs TILESET-URL …
//
// For each tileset: what failed, how many tiles were drawn, their triangles and points, and the codes in their tables.

import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { chromium } from 'playwright-core';

const HERE = fileURLToPath(new URL('.', import.meta.url));
const FLAGS = ['--no-sandbox', '--use-gl=angle', '--use-angle=swiftshader', '--enable-unsafe-swiftshader',
  '--ignore-gpu-blocklist', '--disable-background-networking'];

const { outputFiles: [{ text: script }] } = await build({
  entryPoints: [join(HERE, 'second-client-page.js')], bundle: true, write: false, format: 'iife', target: 'es2022', logLevel: 'error',
});
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: FLAGS });
const page = await browser.newPage({ viewport: { width: 400, height: 300 } });
const errors = [];
page.on('pageerror', (error) => errors.push(error.message));
page.on('console', (message) => message.type() === 'error' && errors.push(message.text()));
await page.addScriptTag({ content: script });
const seen = {};
for (const url of process.argv.slice(2)) seen[url] = await page.evaluate((address) => window.look(address), url);
await browser.close();
console.log(JSON.stringify({ errors, seen }));

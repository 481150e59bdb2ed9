// Builds what the pages load: scripts and styles under names that change with their contents, each also as .br and .gz.
//
//   node service/web/build.mjs          writes service/web/static/built/ anew, manifest.json last
//
// The manifest maps a plain name (`viewer.js`) to its file and sizes; `service/web/assets.py` reads it.

import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import { build } from 'esbuild';

const WEB = dirname(fileURLToPath(import.meta.url));
const ROOT = dirname(dirname(WEB));
const ENGINE = join(ROOT, 'node_modules/@cesium/engine');
const OUT = join(WEB, 'static/built');

// The engine starts these by name at run time: to mesh the flat ground and the surveyed one, to find where the pointer meets it, and to ask
// whether the browser can hand arrays over. The rest are for data we do not serve.
const WORKERS = ['createVerticesFromHeightmap.js', 'createVerticesFromQuantizedTerrainMesh.js', 'incrementallyBuildTerrainPicker.js', 'transferTypedArrayTest.js', 'upsampleQuantizedTerrainMesh.js'];

// Parts of the engine for data we never serve, or that fetch files we do not need. Each becomes a function that
// refuses, so that a tile which would need one fails with a clear message instead of a silent blank.
const LEFT_OUT = {
  '@spz-loader/core': ['loadSpz'],
  '@cesium/wasm-splats': ['initSync', 'radix_sort_gaussians_indexes', 'generate_splat_texture'],
};

// The engine's own modules of such parts: kinds of content that our tiles never have, services that we never ask.
const UNUSED = ['Geometry3DTileContent', 'IonImageryProvider', 'Vector3DTileContent', 'VectorGltf3DTileContent', 'VoxelCell', 'VoxelPrimitive'];

const withoutUnusedParts = {
  name: 'without-unused-parts',
  setup(builder) {
    const named = new RegExp(`^(${Object.keys(LEFT_OUT).join('|')})$`);
    builder.onResolve({ filter: named }, ({ path }) => ({ path, namespace: 'left-out' }));
    builder.onLoad({ filter: /.*/, namespace: 'left-out' }, ({ path }) => ({ contents: refusals(path, LEFT_OUT[path]) }));
    builder.onLoad({ filter: new RegExp(`Scene[\\\\/](${UNUSED.join('|')})\\.js$`) }, ({ path }) => ({ contents: refusals(basename(path, '.js'), []) }));
    // Only the decoder of meshoptimizer: its encoder and simplifier are for making tiles.
    builder.onResolve({ filter: /^meshoptimizer$/ }, () => ({ path: join(ROOT, 'node_modules/meshoptimizer/meshopt_decoder.mjs') }));
    // The engine turns the stars and the sun by tables it downloads; our light is fixed and there are no stars.
    builder.onLoad({ filter: /Core[\\/]Iau2006XysData\.js$/ }, () => ({ contents: NO_STARS }));
  },
};

const NO_STARS = `export default function Iau2006XysData() {}
Iau2006XysData.prototype.preload = () => Promise.resolve();
Iau2006XysData.prototype.computeXysRadians = () => undefined;`;

function refusals(module, names) {
  const refuse = `const refuse = () => { throw new Error(${JSON.stringify(`${module} is not in this build`)}); };`;
  const named = names.map((name) => `export const ${name} = refuse;`).join(' ');
  return `${refuse} export default class { constructor() { refuse(); } static fromGltf() { refuse(); } } ${named}`;
}

function sources(folder, extension) {
  const path = join(WEB, folder);
  const names = existsSync(path) ? readdirSync(path).filter((name) => extname(name) === extension).sort() : [];
  return names.map((name) => join(path, name));
}

async function bundle(entryPoints) {
  const { metafile, outputFiles } = await build({
    entryPoints,
    bundle: true, splitting: true, minify: true, write: false, metafile: true,
    format: 'esm', target: 'es2022', charset: 'utf8', legalComments: 'none',
    absWorkingDir: ROOT, outdir: OUT,
    entryNames: '[name]-[hash]', chunkNames: '[name]-[hash]', assetNames: '[name]-[hash]',
    loader: { '.svg': 'file', '.png': 'file', '.woff2': 'file' },
    external: ['fs', 'path', 'url', 'module'],
    plugins: [withoutUnusedParts],
    logLevel: 'warning',
  });
  return { outputs: Object.values(metafile.outputs), paths: Object.keys(metafile.outputs), outputFiles };
}

/** Names a bundle's files as pages ask for them: an entry or a lazily loaded part by its source's name. */
function plainNames({ outputs, paths }) {
  return paths.flatMap((path, i) => {
    if (!outputs[i].entryPoint) return [];
    const source = outputs[i].entryPoint;
    const name = source.endsWith('viewer/main.js') ? 'viewer.js' : basename(source);
    return [[name, basename(path)]];
  });
}

/** Bundles each of the engine's workers into one file, in a folder named by their contents; the engine asks for `Workers/NAME`. */
async function bundleWorkers() {
  const { outputFiles } = await build({
    entryPoints: WORKERS.map((name) => join(ENGINE, 'Source/Workers', name)),
    bundle: true, minify: true, write: false, format: 'esm', target: 'es2022', legalComments: 'none',
    outdir: OUT, plugins: [withoutUnusedParts], logLevel: 'warning',
  });
  const digest = createHash('sha256');
  for (const { contents } of outputFiles) digest.update(contents);
  const home = `cesium-${digest.digest('hex').slice(0, 8)}`;
  for (const { path, contents } of outputFiles) writeWithSiblings(join(home, 'Workers', basename(path)), contents);
  return home;
}

/** Copies icons under names that change with their contents; they have the plain name they had. */
function copyIcons() {
  return sources('icons', '.svg').map((path) => {
    const bytes = readFileSync(path);
    const digest = createHash('sha256').update(bytes).digest('hex').slice(0, 8);
    const file = `${basename(path, '.svg')}-${digest}.svg`;
    return [basename(path), { file, ...writeWithSiblings(file, bytes) }];
  });
}

function writeWithSiblings(name, bytes) {
  const path = join(OUT, name);
  mkdirSync(dirname(path), { recursive: true });
  const params = { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length };
  const packed = brotliCompressSync(bytes, { params });
  writeFileSync(path, bytes);
  writeFileSync(`${path}.br`, packed);
  writeFileSync(`${path}.gz`, gzipSync(bytes, { level: 9 }));
  return { bytes: bytes.length, br: packed.length };
}

/** Takes away what an earlier build left, once nothing names it any more: a running service never misses a file. */
function clear(kept) {
  for (const name of readdirSync(OUT)) {
    if (name !== 'manifest.json' && !kept.has(name.replace(/\.(br|gz)$/, ''))) rmSync(join(OUT, name), { recursive: true });
  }
}

async function main() {
  mkdirSync(OUT, { recursive: true });
  const made = await bundle([
    join(WEB, 'viewer/main.js'), ...sources('pages', '.js'), ...sources('reviews', '.js'),
    ...sources('styles', '.css'),
  ]);
  const sizes = new Map(made.outputFiles.map((file) => [basename(file.path), writeWithSiblings(basename(file.path), file.contents)]));
  const manifest = Object.fromEntries(plainNames(made).map(([name, file]) => [name, { file, ...sizes.get(file) }]));
  manifest.cesium = { file: await bundleWorkers() };
  Object.assign(manifest, Object.fromEntries(copyIcons()));
  const text = JSON.stringify(Object.fromEntries(Object.entries(manifest).sort()), null, 1);
  // Last and in one step, so that a manifest never names a file that is not there yet.
  writeFileSync(join(OUT, 'manifest.new'), `${text}\n`);
  renameSync(join(OUT, 'manifest.new'), join(OUT, 'manifest.json'));
  clear(new Set([...made.outputFiles.map((file) => basename(file.path)), ...Object.values(manifest).map(({ file }) => file)]));
  for (const [name, { bytes, br }] of Object.entries(manifest)) {
    if (br) console.log(`${name.padEnd(16)} ${(bytes / 1000).toFixed(1).padStart(8)} kB  br ${(br / 1000).toFixed(1).padStart(7)} kB`);
  }
}

await main();

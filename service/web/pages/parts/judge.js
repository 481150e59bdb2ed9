// Judges chosen files before a byte is sent: groups the parts of a Shapefile, names what is missing, looks whether the content
// is what the name says. Every judgement is `{word, values, grave}`; a grave one stops the submission.

import { entries } from './zip.js';

const SHAPEFILE = new Set(['shp', 'shx', 'dbf', 'prj', 'cpg', 'sbn', 'sbx', 'qix', 'qpj']);
const NEEDED = ['shx', 'dbf'];
const starts = (text) => (head) => head.startsWith(text);
const json = (head) => /^[\ufeff\s]*[{[]/.test(head);
const xml = (head) => /^(\ufeff|ï»¿)?\s*</.test(head);

/** For each extension, what the first bytes must look like. */
const LOOKS = {
  zip: starts('PK'),
  gpkg: starts('SQLite format 3\0'),
  geojson: json, json, jsonl: json,
  fgb: starts('fgb'),
  parquet: starts('PAR1'), geoparquet: starts('PAR1'),
  dxf: (head) => /^\s*(0|999)\s/.test(head) || head.startsWith('AutoCAD Binary DXF'),
  gml: xml, xml,
  ags: (head) => /^(\ufeff|ï»¿)?\s*"(GROUP","|\*\*)/.test(head),
  shp: starts('\0\0\x27\x0a'),
};
export const FORMATS = 'GeoPackage, Shapefile, FileGDB (zip), GeoJSON, FlatGeobuf, GeoParquet, DXF, CityJSON, CityGML, AGS4';

export const extension = (name) => (/\.([^.]+)$/.exec(name)?.[1] ?? '').toLowerCase();
const stem = (name) => name.replace(/(\.shp)?\.[^.]+$/i, '').toLowerCase();
const isPart = (file) => SHAPEFILE.has(extension(file.name)) || /\.shp\.xml$/i.test(file.name);
const grave = (word, values = {}) => ({ word, values, grave: true });

/** Groups files into what will be submitted: a file by itself, or the loose parts of one Shapefile. */
export function grouped(files) {
  const items = [];
  const shapefiles = new Map();
  for (const file of files) {
    if (!isPart(file)) {
      items.push({ name: file.name, files: [file] });
      continue;
    }
    const key = stem(file.name);
    if (!shapefiles.has(key)) {
      shapefiles.set(key, { name: file.name, files: [], shapefile: true });
      items.push(shapefiles.get(key));
    }
    const item = shapefiles.get(key);
    item.files.push(file);
    if (extension(file.name) === 'shp') item.name = file.name;
  }
  return items.map((item) => ({ ...item, size: item.files.reduce((sum, file) => sum + file.size, 0) }));
}

/** Everything that can be said about an item without sending it. */
export async function judged(item, limit, systemChosen) {
  const found = item.shapefile ? shapefile(item.files.map((file) => file.name), systemChosen) : known(item.name);
  if (found.some((judgement) => judgement.grave)) return found;
  if (item.size > limit) return [grave('drop.large', { size: item.size, limit })];
  for (const file of item.files) {
    if (file.size === 0 && extension(file.name) !== 'cpg') return [grave('drop.empty')];
    const wrong = await content(file);
    if (wrong) return [wrong];
  }
  return found;
}

function known(name) {
  return extension(name) in LOOKS ? [] : [grave('drop.unknown', { formats: FORMATS })];
}

function shapefile(names, systemChosen) {
  const have = new Set(names.map(extension));
  if (!have.has('shp')) return [grave('drop.stray')];
  const missing = NEEDED.filter((part) => !have.has(part));
  if (missing.length) return [grave('drop.shapefile.missing', { parts: list(missing) })];
  return have.has('prj') || systemChosen ? [] : [grave('drop.shapefile.noprj')];
}

async function content(file) {
  const head = await file.slice(0, 512).arrayBuffer().then((bytes) => new TextDecoder('latin1').decode(bytes), () => null);
  if (head === null) return grave('drop.folder');
  const looks = LOOKS[extension(file.name)];
  if (looks && !looks(head)) return grave('drop.unlike', { extension: `.${extension(file.name)}` });
  return extension(file.name) === 'zip' ? zipped(await entries(file)) : null;
}

function zipped(found) {
  if (found === null) return grave('drop.zip.broken');
  if (found.some(({ locked }) => locked)) return grave('drop.zip.locked');
  if (found.some(({ name }) => /(^|[\\/])\.\.([\\/]|$)|^[\\/]|^[a-z]:/i.test(name))) return grave('drop.zip.outside');
  const names = found.map(({ name }) => name);
  for (const shape of names.filter((name) => extension(name) === 'shp')) {
    const have = new Set(names.filter((name) => stem(name) === stem(shape)).map(extension));
    const missing = NEEDED.filter((part) => !have.has(part));
    if (missing.length) return grave('drop.zip.missing', { name: shape, parts: list(missing) });
  }
  const useful = names.some((name) => extension(name) in LOOKS || /\.gdb[\\/]/i.test(name));
  return useful || found.length === 0 ? null : grave('drop.zip.nothing');
}

const list = (parts) => parts.map((part) => `.${part}`).join(', ');

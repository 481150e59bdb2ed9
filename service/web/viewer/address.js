// The address of the page says what is shown, so that a copied link reopens it all.

import { readDay } from './days.js';
import { settings } from './page.js';

const CAMERA = ['lon', 'lat', 'height', 'heading', 'pitch'];
const DIGITS = [6, 6, 1, 1, 1];
const SIDE = ['lon', 'lat', 'heading', 'ahead'];
const PLACE = ['lon', 'lat', 'height'];
const PANELS = ['layers', 'measure', 'cut', 'compare'];
const MEASURES = ['distance', 'area', 'height', 'profile'];
const MOST = 40; // points of what is measured; an address with more would be too long for some programs to pass on

const LAYERS = Object.fromEntries(settings.layers.map(({ id, on }) => [id, on]));

// Everything besides camera and layers: its name in the address, how its text is read (null where it is wrong) and written.
const REST = [
  ['day', 'date', readDay, (day) => day],
  ['against', 'against', readDay, (day) => day],
  ['swipe', 'swipe', (text) => share(text), (at) => (at === 0.5 ? null : percent(at))],
  ['code', 'code', (text) => text || null, (code) => code],
  ['under', 'under', (text) => ({ on: true, off: false })[text] ?? null, (under) => (under ? 'on' : null)],
  ['map', 'map', (text) => share(text), (strength) => (strength === 1 ? null : percent(strength))],
  ['top', 'top', (text) => metres(text), (height) => rounded(height, 1)],
  ['side', 'side', (text) => readNumbers(text, SIDE, possiblePlace), (side) => side && written(side, SIDE, [6, 6, 1, 1])],
  ['water', 'water', (text) => metres(text), (height) => rounded(height, 2)],
  ['look', 'points', (text) => (/^[a-z]+$/.test(text) ? text : null), (look) => (look === 'own' ? null : look)],
  ['size', 'size', (text) => within(text, 1, 10), (size) => (size === 3 ? null : String(size))],
  ['span', 'span', (text) => readSpan(text), (span) => span && span.join(',')],
  ['measured', 'measure', (text) => readMeasured(text), ({ what, points }) => (points.length && points.length <= MOST ? [what, ...points.map((point) => written(point, PLACE, [7, 7, 2]))].join(',') : null)],
  ['panel', 'panel', (text) => (PANELS.includes(text) ? text : null), (panel) => panel],
];

/** Reads what an address asks for; what it does not say, or says wrongly, is left out. */
export function readAddress(search) {
  const asked = new URLSearchParams(search);
  const found = {};
  for (const [name, spelt, read] of REST) {
    const meant = asked.has(spelt) ? read(asked.get(spelt)) : null;
    if (meant !== null) found[name] = meant;
  }
  const camera = readNumbers(asked.get('camera') ?? '', CAMERA, possibleCamera);
  if (camera) found.camera = camera;
  for (const id of Object.keys(LAYERS)) readLayer(found, id, asked.get(id));
  return found;
}

/** What an address says and cannot be read, by the names it has there. */
export function misread(search) {
  const found = readAddress(search);
  const read = { ...found, ...Object.fromEntries(REST.map(([name, spelt]) => [spelt, found[name]])) };
  const names = ['camera', ...Object.keys(LAYERS), ...REST.map(([, spelt]) => spelt)];
  return [...new URLSearchParams(search)].filter(([name, text]) => text && names.includes(name) && read[name] === undefined).map(([name]) => name);
}

/** Writes what is shown into an address, keeping whatever else stands there. */
export function writeAddress(search, { camera, strength = {}, ...shown }) {
  const asked = new URLSearchParams(search);
  const put = (name, text) => (text === null || text === undefined ? asked.delete(name) : asked.set(name, text));
  for (const [name, spelt, , write] of REST) put(spelt, shown[name] === undefined ? null : write(shown[name]));
  put('camera', camera && written(camera, CAMERA, DIGITS));
  for (const [id, usual] of Object.entries(LAYERS)) put(id, layerText(shown[id] ?? usual, strength[id] ?? 1, usual));
  // Commas may stand in a query as they are, and a person reads them better so.
  return `?${asked.toString().replaceAll('%2C', ',')}`;
}

/** A layer is `on`, `off`, or as strong as so many per cent. */
function readLayer(found, id, text) {
  if (text === 'on' || text === 'off') found[id] = text === 'on';
  const strength = text && share(text);
  if (strength === null || strength === '') return;
  found[id] = true;
  found.strength = { ...found.strength, [id]: strength };
}

function layerText(on, strength, usual) {
  if (on && strength < 1) return percent(strength);
  return on === usual ? null : on ? 'on' : 'off';
}

/** Reads `distance,117.1,36.6,35.2,117.2,36.6,34`: what is measured, and its points. */
function readMeasured(text) {
  const [what, ...numbers] = text.split(',');
  const points = Array.from({ length: Math.ceil(numbers.length / 3) }, (_, i) => readNumbers(numbers.slice(3 * i, 3 * i + 3).join(','), PLACE, possiblePlace));
  return MEASURES.includes(what) && points.length && points.every(Boolean) ? { what, points } : null;
}

function readSpan(text) {
  const span = readNumbers(text, ['low', 'high'], ({ low, high }) => low < high);
  return span && [span.low, span.high];
}

function readNumbers(text, names, possible) {
  const numbers = text.split(',').map((part) => (part.trim() ? Number(part) : NaN));
  if (numbers.length !== names.length || !numbers.every(Number.isFinite)) return null;
  const found = Object.fromEntries(names.map((name, i) => [name, numbers[i]]));
  return possible(found) ? found : null;
}

const possiblePlace = ({ lon, lat }) => Math.abs(lon) <= 180 && Math.abs(lat) <= 90;
const possibleCamera = (camera) => possiblePlace(camera) && camera.height > -2000 && camera.height < 5e7 && Math.abs(camera.pitch) <= 90;
const written = (numbers, names, digits) => names.map((name, i) => rounded(numbers[name], digits[i])).join(',');
const rounded = (number, digits) => (number === null ? null : String(Number(number.toFixed(digits))));
const percent = (part) => String(Math.round(part * 100));

function within(text, least, most) {
  const number = Number(text);
  return text.trim() && number >= least && number <= most ? number : null;
}

const share = (text) => {
  const number = within(text, 0, 100);
  return number === null ? null : number / 100;
};
const metres = (text) => within(text, -12_000, 9_000);

/** Keeps the address in step with the state; browsers refuse more than a few changes a second. */
export function keepAddress(state) {
  let due = null;
  const write = () => {
    due = null;
    history.replaceState(history.state, '', writeAddress(location.search, state) + location.hash);
  };
  state.on(`camera strength ${REST.map(([name]) => name).join(' ')} ${Object.keys(LAYERS).join(' ')}`, () => { due ??= setTimeout(write, 120); });
}

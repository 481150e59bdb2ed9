// The address of the page says what is shown, so that a copied link reopens it all.

import { readDay } from './days.js';
import { settings } from './page.js';

const CAMERA = ['lon', 'lat', 'height', 'heading', 'pitch'];
const DIGITS = [6, 6, 1, 1, 1];

// The switches of the scene, and how each stands where the address says nothing.
const SWITCHES = { ...Object.fromEntries(settings.layers.map(({ id, on }) => [id, on])), under: false };

/** Reads what an address asks for; what it does not say, or says wrongly, is left out. */
export function readAddress(search) {
  const asked = new URLSearchParams(search);
  const found = {};
  const day = readDay(asked.get('date') ?? '');
  if (day) found.day = day;
  const camera = readCamera(asked.get('camera') ?? '');
  if (camera) found.camera = camera;
  if (asked.get('code')) found.code = asked.get('code');
  for (const name of Object.keys(SWITCHES)) if (['on', 'off'].includes(asked.get(name))) found[name] = asked.get(name) === 'on';
  const strength = Number(asked.get('map'));
  if (asked.has('map') && strength >= 0 && strength <= 100) found.map = strength / 100;
  return found;
}

/** Writes what is shown into an address, keeping whatever else stands there. */
export function writeAddress(search, { day, camera, code, map, ...switches }) {
  const asked = new URLSearchParams(search);
  const put = (name, text) => (text === null ? asked.delete(name) : asked.set(name, text));
  put('date', day);
  put('camera', camera && CAMERA.map((name, i) => Number(camera[name].toFixed(DIGITS[i]))).join(','));
  put('code', code);
  for (const [name, usual] of Object.entries(SWITCHES)) put(name, (switches[name] ?? usual) === usual ? null : usual ? 'off' : 'on');
  put('map', map === 1 ? null : String(Math.round(map * 100)));
  // Commas may stand in a query as they are, and a person reads them better so.
  return `?${asked.toString().replaceAll('%2C', ',')}`;
}

function readCamera(text) {
  const numbers = text.split(',').map(Number);
  if (numbers.length !== CAMERA.length || !numbers.every(Number.isFinite)) return null;
  const camera = Object.fromEntries(CAMERA.map((name, i) => [name, numbers[i]]));
  const possible = Math.abs(camera.lon) <= 180 && Math.abs(camera.lat) <= 90 && camera.height > 0 && camera.height < 5e7;
  return possible ? camera : null;
}

/** Keeps the address in step with the state; browsers refuse more than a few changes a second. */
export function keepAddress(state) {
  let due = null;
  const write = () => {
    due = null;
    history.replaceState(history.state, '', writeAddress(location.search, state) + location.hash);
  };
  state.on(`day camera code map ${Object.keys(SWITCHES).join(' ')}`, () => { due ??= setTimeout(write, 120); });
}

// Where the camera goes by keys, buttons and links, and what it tells of where it is.

import { showFurniture } from './furniture.js';
import { byId, calm, debounce, lengthText, say, settings, speak } from './page.js';

/** Makes the steering; `globe()` is the globe or null, `asked` the camera of the address or undefined. */
export function createSteering(state, globe, asked) {
  const kept = { ready: false, touched: Boolean(asked) };
  // Where the camera stands goes into the address only once a person has moved it.
  for (const gesture of ['pointerdown', 'wheel', 'keydown']) {
    byId('scene').addEventListener(gesture, () => { kept.touched = true; }, { passive: true });
  }
  const keep = () => { if (kept.ready && kept.touched) state.set({ camera: globe().camera.read() }); };

  const sayPlace = debounce(700, () => {
    const centre = globe().camera.middle();
    if (!centre) return;
    const { height, heading } = globe().camera.read();
    const { lon, lat } = globe().camera.degrees(centre);
    const towards = say(`viewer.heading.${Math.round(heading / 45) % 8}`);
    speak(say('viewer.says.place', { lon: lon.toFixed(3), lat: lat.toFixed(3), height: lengthText(height), heading: towards }));
  });

  const steer = (act) => {
    if (!globe()) return;
    kept.touched = true;
    act(globe().camera);
    keep();
    sayPlace();
  };

  const show = (place) => {
    if (!globe()) return;
    showGauge(globe().camera.read().height, state.under);
    const { camera } = globe();
    const centre = camera.middle();
    const shown = place?.lon !== undefined ? place : centre && camera.degrees(centre);
    if (shown) showFurniture(shown, camera.metresPerPixel(), camera.read().heading);
  };

  const north = () => steer((camera) => camera.orbit(-camera.read().heading, 0));
  const home = () => steer((camera) => camera.fly(settings.start ?? { ...settings.home, heading: 0, pitch: -90 }, calm() ? 0 : 1));
  const fly = (box) => steer((camera) => camera.fly(camera.over(box), calm() ? 0 : 1.6));
  const slant = () => steer((camera) => camera.orbit(0, -45 - camera.read().pitch));
  return { steer, keep, show, north, home, fly, slant, begin: () => { kept.ready = true; } };
}

/** Under the ground, how deep or high the eye is; the legend of pipes stands beside it. */
function showGauge(height, under) {
  byId('gauge').hidden = !under;
  if (under) byId('gauge-text').textContent = say(height < 0 ? 'viewer.gauge.below' : 'viewer.gauge.above', { n: Math.abs(Math.round(height)) });
}

/** A box around what a camera looks at, for the list and the bars before there is a globe. */
export function boxAround({ lon, lat, height, heading = 0, pitch = -90 }) {
  const radians = Math.PI / 180;
  const ahead = Math.min(5 * Math.abs(height), Math.abs(height) / Math.tan(Math.max(1, -pitch) * radians));
  const [metreEast, metreNorth] = [1 / (111_320 * Math.cos(lat * radians)), 1 / 110_540];
  const [x, y] = [lon + ahead * Math.sin(heading * radians) * metreEast, lat + ahead * Math.cos(heading * radians) * metreNorth];
  const half = Math.max(600, 0.8 * Math.hypot(height, ahead));
  return [x - half * metreEast, Math.max(-90, y - half * metreNorth), x + half * metreEast, Math.min(90, y + half * metreNorth)];
}

/** A box made large enough to look at. */
export function grown([west, south, east, north]) {
  const [x, y] = [Math.max(0, 0.006 - (east - west)) / 2, Math.max(0, 0.005 - (north - south)) / 2];
  return [west - x, south - y, east + x, north + y];
}

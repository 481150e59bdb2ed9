// What stands in fixed places on every map: coordinates, a scale bar of whole metres, north.

import { byId, lengthText, say, settings } from './page.js';

const LONGEST = innerWidth < 480 ? 64 : 96; // pixels

/** Shows where the pointer or the screen's centre is, how long a metre is there, and where north is. */
export function showFurniture({ lon, lat, rise = 0 }, metresPerPixel, heading) {
  byId('place').textContent = placeText(lon, lat, rise);
  byId('needle').style.transform = `rotate(${-heading}deg)`;
  const metres = wholeLength(metresPerPixel * LONGEST);
  byId('scale').hidden = !metres;
  if (!metres) return;
  byId('scale-bar').style.width = `${metres / metresPerPixel}px`;
  byId('scale-text').textContent = lengthText(metres);
  byId('scale').setAttribute('aria-label', say('viewer.map.scale', { length: lengthText(metres) }));
}

/** A position with the ground's height, as a surveyor copies it. */
function placeText(lon, lat, rise) {
  const [east, north] = [`${Math.abs(lon).toFixed(5)}°${lon < 0 ? 'W' : 'E'}`, `${Math.abs(lat).toFixed(5)}°${lat < 0 ? 'S' : 'N'}`];
  return `${east} ${north} ${Math.round(settings.ground1985 + rise)}\u202fm`;
}

/** The longest of 1, 2, 5 times a power of ten metres that is not longer than this. */
export function wholeLength(longest) {
  if (!(longest >= 1)) return 0;
  const power = 10 ** Math.floor(Math.log10(longest));
  return power * [5, 2, 1].find((digit) => digit * power <= longest);
}

// What is measured, drawn over the scene: lines, points and the length of each side, in the page's own colours.

import { lineLength } from './geodesy.js';
import { metresText } from './units.js';

const SVG = 'http://www.w3.org/2000/svg';
const STEPS = 12; // pieces of a side: straight in the world is not straight on the screen

/** Draws the points of a line or, `closed`, of an area; what lies behind the eye is left out. */
export function drawSketch(svg, globe, points, closed) {
  if (!globe || !points.length) return svg.replaceChildren();
  const ring = closed && points.length > 2 ? [...points, points[0]] : points;
  const corners = globe.project(points);
  const sides = ring.slice(1).map((point, i) => globe.project(pieces(ring[i], point)));
  const path = sides.filter((side) => side.every(Boolean)).map((side) => `M${side.map(([x, y]) => `${x.toFixed(1)} ${y.toFixed(1)}`).join('L')}`).join('');
  const labels = sides.map((side, i) => side[STEPS / 2] && label(side[STEPS / 2], sideText(ring[i], ring[i + 1])));
  svg.replaceChildren(
    ...(path ? [element('path', { d: path, class: 'halo' }), element('path', { d: path })] : []),
    ...corners.filter(Boolean).map(([cx, cy]) => element('circle', { cx, cy, r: 5 })),
    ...labels.filter(Boolean),
  );
  return undefined;
}

/** How long a side is on the map; how high where it is upright. */
function sideText(one, other) {
  const { level, slope } = lineLength([one, other]);
  return metresText(level > 0.005 ? level : slope);
}

function* walk(one, other) {
  for (let i = 0; i <= STEPS; i++) yield Object.fromEntries(['lon', 'lat', 'height'].map((name) => [name, one[name] + ((other[name] - one[name]) * i) / STEPS]));
}
const pieces = (one, other) => [...walk(one, other)];

function label([x, y], words) {
  const made = element('text', { x, y: y - 8 });
  made.textContent = words;
  return made;
}

/** Makes an SVG element. */
export function element(name, attributes) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}

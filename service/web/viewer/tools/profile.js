// A profile across the land: the ground and what stands on it along a line, as a chart, a table, and the pipes crossed.

import { asker, Refused } from '../api.js';
import { grouped } from '../card.js';
import { byId, make, numberText, said, say, settings, value } from '../page.js';
import { boxText } from '../timeline.js';
import { along, crossings, lineLength } from './geodesy.js';
import { element } from './sketch.js';
import { metresText } from './units.js';

const SAMPLES = 61;
const [WIDTH, HEIGHT, LEFT, FOOT] = [320, 140, 40, 18];
const ask = asker();
const askGround = asker();
let latest = null;

/** Takes the profile away. */
export function clearProfile() {
  latest = null;
  byId('profile').hidden = true;
}

/** Shows the profile along a line of points at the day shown: the ground at once, then pipes, then what stands on it. */
export async function showProfile(points, state, view) {
  const turn = (latest = {});
  await view.standing; // a link may ask before there is a scene
  if (latest !== turn) return;
  const globe = view.globe();
  const rows = await groundAlong(points, state, globe);
  if (latest !== turn) return;
  show(rows, []);
  const pipes = await pipesCrossed(points, state, globe).catch(forgiven);
  if (latest !== turn) return;
  show(rows, pipes);
  const tops = await globe.topHeights(rows);
  if (latest === turn) show(rows.map((row, i) => ({ ...row, top: tops[i] })), pipes);
}

/** Places along a line and the ground there: as surveyed where the base holds terrain and answers, else as it is drawn. */
async function groundAlong(points, { day }, globe) {
  if (settings.layers.some(({ kind }) => kind === 'terrain')) {
    const line = points.map(({ lon, lat }) => `${lon.toFixed(8)},${lat.toFixed(8)}`).join(';');
    const step = Math.max(0.05, lineLength(points).level / (SAMPLES - 1));
    const found = await askGround(`/terrain/profile?line=${line}&step=${step.toFixed(2)}&datetime=${day}`).catch(forgiven);
    if (found?.points) return found.points.map(({ height, ...place }) => ({ ...place, ground: height }));
  }
  const places = along(points, SAMPLES);
  const ground = await globe.groundHeights(places);
  return places.map((place, i) => ({ ...place, ground: ground[i] }));
}

/** Without an answer about ground or pipes there is still a profile. */
function forgiven(error) {
  if (!(error instanceof Refused || error instanceof TypeError)) throw error;
  return [];
}

function show(rows, pipes) {
  byId('profile').hidden = false;
  draw(byId('profile-chart'), rows, pipes);
  const known = rows.map((row) => row.ground).filter(Number.isFinite);
  byId('profile-says').textContent = known.length ? say('viewer.profile.says', {
    length: metresText(rows.at(-1).distance), low: metresText(Math.min(...known)), high: metresText(Math.max(...known)), n: pipes.length,
  }) : say('viewer.profile.none');
  const number = (height) => make('td', { className: 'number' }, Number.isFinite(height) ? numberText(Number(height.toFixed(1))) : '–');
  byId('profile-rows').replaceChildren(...rows.map((row) => make('tr', {}, make('th', { scope: 'row', className: 'number' }, numberText(Math.round(row.distance))), number(row.ground), number(row.top))));
  byId('profile-pipes').replaceChildren(...pipes.map(pipeRow));
}

/** The pipes that a line crosses, seen from above: where, how deep where the tiles in view say so, and which. */
async function pipesCrossed(points, { day }, globe) {
  if (!settings.layers.some(({ id }) => id === 'pipes')) return [];
  const [lons, lats] = [points.map(({ lon }) => lon), points.map(({ lat }) => lat)];
  const box = [Math.min(...lons), Math.min(...lats), Math.max(...lons), Math.max(...lats)];
  const found = await ask(`/collections/pipes/items?bbox=${boxText(box)}&datetime=${day}&limit=1000`);
  return (found?.features ?? []).flatMap((pipe) => linesOf(pipe.geometry).flatMap((line) => crossings(points, line).map(({ distance }) => crossed(pipe, distance, globe, day))))
    .sort((one, other) => one.distance - other.distance);
}

const linesOf = ({ type, coordinates }) => ({ LineString: [coordinates], MultiLineString: coordinates })[type] ?? [];

function crossed({ id, properties: it }, distance, globe, day) {
  const code = it.code ?? id;
  const name = it.name || said({ zh: it.class_zh, en: it.class_en }) || it.class;
  return { distance, depth: globe.known(code, day)?.depth, code, name };
}

function pipeRow({ distance, depth, code, name }) {
  const where = say(Number.isFinite(depth) ? 'viewer.profile.pipe' : 'viewer.profile.pipe.flat', { at: metresText(distance), depth: Number.isFinite(depth) && metresText(depth) });
  return make('li', {}, where, ' ', make('a', { href: `/codes/${encodeURIComponent(code)}` }, value(name), ' ', make('span', { className: 'code', translate: false }, grouped(code))));
}

/** How high a pipe lies where the line crosses it: its depth under the ground there. */
const heightOf = (rows, { distance, depth }) => rows.findLast((row) => row.distance <= distance)?.ground - depth;

function draw(svg, rows, pipes) {
  const buried = pipes.map((pipe) => ({ distance: pipe.distance, height: heightOf(rows, pipe) })).filter(({ height }) => Number.isFinite(height));
  const heights = [...rows.flatMap(({ ground, top }) => [ground, top]), ...buried.map(({ height }) => height)].filter(Number.isFinite);
  if (!heights.length) return svg.replaceChildren();
  const [low, high] = [Math.min(...heights), Math.max(...heights)];
  const room = Math.max(1, (high - low) * 0.08);
  const x = (distance) => LEFT + ((WIDTH - LEFT - 4) * distance) / rows.at(-1).distance;
  const y = (height) => 4 + ((HEIGHT - FOOT - 4) * (high + room - height)) / (high - low + 2 * room);
  const line = (name) => rows.filter((row) => Number.isFinite(row[name])).map((row, i) => `${i ? 'L' : 'M'}${x(row.distance).toFixed(1)} ${y(row[name]).toFixed(1)}`).join('');
  const label = (at, words, anchor) => Object.assign(element('text', { ...at, 'text-anchor': anchor }), { textContent: words });
  svg.replaceChildren(
    element('path', { class: 'axis', d: `M${LEFT} 4V${HEIGHT - FOOT}H${WIDTH - 4}` }),
    element('path', { class: 'top', d: line('top') }), element('path', { class: 'ground', d: line('ground') }),
    ...buried.map(({ distance, height }) => element('circle', { cx: x(distance), cy: y(height), r: 3 })),
    label({ x: LEFT - 3, y: y(high) + 4 }, `${high.toFixed(0)}\u202fm`, 'end'),
    ...(y(low) - y(high) > 12 ? [label({ x: LEFT - 3, y: y(low) }, `${low.toFixed(0)}\u202fm`, 'end')] : []),
    label({ x: LEFT, y: HEIGHT - 5 }, '0', 'middle'), label({ x: WIDTH - 4, y: HEIGHT - 5 }, metresText(rows.at(-1).distance), 'end'),
  );
  return undefined;
}

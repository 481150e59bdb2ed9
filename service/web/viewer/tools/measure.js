// Measuring in the scene: points by click, or by Enter at the middle; the result as text, drawn over the scene as a line.

import { byId, make, say, speak, value } from '../page.js';
import { crossesItself, geodesic, lineLength, ringArea } from './geodesy.js';
import { clearProfile, showProfile } from './profile.js';
import { drawSketch } from './sketch.js';
import { angleText, areaText, metresText, placeText } from './units.js';

/** Starts the tool; it has the scene's clicks while its panel is open. What is measured is state, so that a link reopens it. */
export function start(state, view) {
  const choices = [...document.querySelectorAll('[name="measure"]')];
  const most = (what) => (what === 'height' ? 2 : Infinity);
  const set = (points, { what } = state.measured) => state.set({ measured: { what, points: points.slice(0, most(what)) } });

  const draw = () => {
    const { what, points } = state.measured;
    drawSketch(byId('sketch'), view.globe(), what === 'height' ? upright(points) : points, what === 'area');
  };
  const show = () => {
    const { what, points } = state.measured;
    const facts = factsOf(what, points);
    for (const choice of choices) choice.checked = choice.value === what;
    byId('measure-facts').replaceChildren(...facts.flatMap(([label, text]) => [make('dt', {}, say(label)), make('dd', {}, value(text))]));
    for (const name of ['undo', 'clear', 'copy']) byId(`measure-${name}`).disabled = !points.length;
    byId('measure-note').textContent = facts.length ? '' : lacking(points);
    draw();
    speak(facts.length ? say('viewer.measure.says', { what: say(facts[0][0]), result: facts[0][1] }) : lacking(points));
    profile();
  };
  const profile = () => {
    const { what, points } = state.measured;
    if (what === 'profile' && points.length > 1) showProfile(points, state, view);
    else clearProfile();
  };
  const add = (point) => {
    if (!point) return speak(say('viewer.measure.sky'));
    const { what, points } = state.measured;
    return set(points.length < most(what) ? [...points, point] : [point]);
  };
  const undo = () => set(state.measured.points.slice(0, -1));
  const clear = () => set([]);
  const tool = {
    click: (x, y) => { add(view.globe().pointAt(x, y)); return true; },
    centre: () => add(view.globe().pointAtCentre()), undo,
  };

  for (const choice of choices) choice.addEventListener('change', () => set(state.measured.points, { what: choice.value }));
  byId('measure-add').addEventListener('click', () => view.globe() && tool.centre());
  byId('measure-undo').addEventListener('click', undo);
  byId('measure-clear').addEventListener('click', clear);
  byId('measure-copy').addEventListener('click', () => copy(state.measured));
  const isOpen = () => state.panel === 'measure';
  state.on('measured', () => isOpen() && show());
  state.on('day', () => isOpen() && profile());

  return {
    opened: () => {
      view.take(tool);
      view.onDraw = draw;
      show();
      speak(`${say('viewer.measure.how')} ${say('viewer.measure.keys')}`);
    },
    closed: () => {
      view.take(null);
      view.onDraw = null;
      clear();
      draw();
    },
  };
}

/** Two points with the corner between them, level with the lower and under the higher: one side as far, one as high as they are apart. */
function upright(points) {
  if (points.length < 2) return points;
  const [low, high] = [...points].sort((one, other) => one.height - other.height);
  return [low, { ...high, height: low.height }, high];
}

/** What is known of the points so far: [word, text], the one asked for first; none before there are enough points. */
function factsOf(what, points) {
  if (points.length < (what === 'area' ? 3 : 2) || (what === 'area' && crossesItself(points))) return [];
  const { level, slope } = lineLength(points);
  if (what === 'height') return heightFacts(points[0], points.at(-1), level, slope);
  if (what === 'distance') return [['viewer.measure.level', metresText(level)], ['viewer.measure.slope', metresText(slope)], ['viewer.measure.azimuth', angleText(geodesic(points[0], points.at(-1))?.azimuth ?? 0)]];
  if (what === 'profile') return [['viewer.measure.level', metresText(level)]];
  return [['viewer.measure.area', areaText(ringArea(points))], ['viewer.measure.round', metresText(lineLength([...points, points[0]]).level)]];
}

/** Why there is no result yet: too few points, or an area whose sides cross. */
function lacking(points) {
  return points.length > 3 ? say('viewer.measure.crossed') : say('viewer.measure.points', { n: points.length });
}

function heightFacts(one, other, level, slope) {
  const rise = other.height - one.height;
  return [
    ['viewer.measure.rise', metresText(rise)], ['viewer.measure.level', metresText(level)], ['viewer.measure.slope', metresText(slope)],
    ['viewer.measure.steepness', angleText((Math.atan2(rise, level) * 180) / Math.PI)],
    ['viewer.measure.from', metresText(one.height)], ['viewer.measure.to', metresText(other.height)],
  ];
}

/** Copies the result and the points it was measured between, a line each, as a table or a report takes them. */
async function copy({ what, points }) {
  const lines = [...factsOf(what, points).map(([label, text]) => `${say(label)}\t${text}`), ...points.map((point, i) => `${i + 1}\t${placeText(point)}`)];
  const done = await navigator.clipboard?.writeText(lines.join('\n')).then(() => true, () => false);
  if (!done) getSelection().selectAllChildren(byId('measure-facts'));
  byId('measure-note').textContent = say(done ? 'viewer.card.copied' : 'viewer.measure.copyfailed');
}

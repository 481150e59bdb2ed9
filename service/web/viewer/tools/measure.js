// Measuring in the scene: points by click, or by Enter at the middle; the result as text, drawn over the scene as a line.

import { byId, make, say, speak, value } from '../page.js';
import { geodesic, lineLength, ringArea } from './geodesy.js';
import { clearProfile, showProfile } from './profile.js';
import { drawSketch } from './sketch.js';
import { angleText, areaText, metresText, placeText } from './units.js';

/** Starts the tool; it has the scene's clicks while its panel is open. */
export function start(state, view) {
  let points = [];
  const what = () => document.querySelector('[name="measure"]:checked').value;
  const most = () => (what() === 'height' ? 2 : Infinity);

  const draw = () => drawSketch(byId('sketch'), view.globe(), what() === 'height' ? upright(points) : points, what() === 'area');
  const show = () => {
    const facts = factsOf(what(), points);
    byId('measure-facts').replaceChildren(...facts.flatMap(([label, text]) => [make('dt', {}, say(label)), make('dd', {}, value(text))]));
    for (const name of ['undo', 'clear', 'copy']) byId(`measure-${name}`).disabled = !points.length;
    byId('measure-note').textContent = facts.length ? '' : say('viewer.measure.points', { n: points.length });
    if (what() === 'profile' && points.length > 1) showProfile(points, state, view.globe());
    else clearProfile();
    draw();
    speak(facts.length ? say('viewer.measure.says', { what: say(facts[0][0]), result: facts[0][1] }) : say('viewer.measure.points', { n: points.length }));
  };
  const add = (point) => {
    if (!point) return speak(say('viewer.measure.sky'));
    points = points.length < most() ? [...points, point] : [point];
    show();
  };
  const undo = () => {
    points = points.slice(0, -1);
    show();
  };
  const clear = () => {
    points = [];
    show();
  };
  const tool = {
    click: (x, y) => { add(view.globe().pointAt(x, y)); return true; },
    centre: () => add(view.globe().pointAtCentre()), undo,
  };

  for (const choice of document.querySelectorAll('[name="measure"]')) choice.addEventListener('change', () => { points = points.slice(0, most()); show(); });
  byId('measure-add').addEventListener('click', () => view.globe() && tool.centre());
  byId('measure-undo').addEventListener('click', undo);
  byId('measure-clear').addEventListener('click', clear);
  byId('measure-copy').addEventListener('click', () => copy(what(), points));

  return {
    opened: () => {
      view.take(tool);
      view.onDraw = draw;
      show();
      speak(say('viewer.measure.how'));
    },
    closed: () => {
      view.take(null);
      view.onDraw = null;
      points = [];
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
  if (points.length < (what === 'area' ? 3 : 2)) return [];
  const { level, slope } = lineLength(points);
  if (what === 'height') return heightFacts(points[0], points.at(-1), level, slope);
  if (what === 'distance') return [['viewer.measure.level', metresText(level)], ['viewer.measure.slope', metresText(slope)], ['viewer.measure.azimuth', angleText(geodesic(points[0], points.at(-1))?.azimuth ?? 0)]];
  if (what === 'profile') return [['viewer.measure.level', metresText(level)]];
  return [['viewer.measure.area', areaText(ringArea(points))], ['viewer.measure.round', metresText(lineLength([...points, points[0]]).level)]];
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
async function copy(what, points) {
  const lines = [...factsOf(what, points).map(([label, text]) => `${say(label)}\t${text}`), ...points.map((point, i) => `${i + 1}\t${placeText(point)}`)];
  const done = await navigator.clipboard?.writeText(lines.join('\n')).then(() => true, () => false);
  if (!done) getSelection().selectAllChildren(byId('measure-facts'));
  byId('measure-note').textContent = say(done ? 'viewer.card.copied' : 'viewer.measure.copyfailed');
}

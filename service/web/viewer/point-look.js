// How point clouds look: what colours them, between which values, how large a point is; the legend says what it means.

import { ask, Refused } from './api.js';
import { legendRows } from './layers.js';
import { byId, composing, make, say, settings, value } from './page.js';
import { POINT_CLASSES, RAMP } from './point-colours.js';

const USUAL = [0, 255]; // what most sensors give as intensity
const cloud = settings.layers.find(({ kind }) => kind === 'points');

/** Starts the controls, where the base holds point clouds; `view.globe()` is the globe. */
export function startPointLook(state, view) {
  if (!cloud) return { dress: () => {} };
  const [colour, size, low, high] = ['colour', 'size', 'low', 'high'].map((part) => byId(`points-${part}`));
  const spans = { intensity: USUAL }; // from where to where each look goes by itself
  const span = () => spans[state.look] && (state.span ?? spans[state.look]);

  const show = async () => {
    const { look } = state;
    colour.value = look;
    size.value = state.size;
    size.setAttribute('aria-valuetext', say('viewer.points.pixels', { n: state.size }));
    if (look === 'height') spans.height ??= await heightSpan(state.day);
    if (look !== state.look) return; // another was chosen meanwhile
    byId('points-span').hidden = !span();
    if (span()) [low.value, high.value] = span();
    byId('points-legend').replaceChildren(...legend(look, span()));
    dress();
  };
  /** Heights are told in the 1985 datum and drawn above the flat ground. */
  const dress = () => {
    const lift = state.look === 'height' ? settings.ground1985 : 0;
    view.globe()?.setPoints(state.look, state.size, (span() || USUAL).map((end) => end - lift));
  };
  const typed = () => {
    const ends = [low, high].map(({ value: text }) => Number(text.normalize('NFKC').trim() || NaN));
    const wrong = !ends.every(Number.isFinite) || ends[0] >= ends[1];
    for (const field of [low, high]) field.setAttribute('aria-invalid', wrong ? 'true' : 'false');
    if (!wrong) state.set({ span: ends });
  };
  colour.addEventListener('change', () => state.set({ look: colour.value, span: null }));
  size.addEventListener('input', () => state.set({ size: Number(size.value) }));
  for (const field of [low, high]) {
    field.addEventListener('change', typed);
    field.addEventListener('keydown', (event) => { if (!composing(event) && event.key === 'Enter') typed(); });
  }
  state.on('look size span', show);
  show();
  return { dress };
}

/** From the lowest to the highest point of the clouds of a day; nothing where nobody answers. */
async function heightSpan(day) {
  try {
    const { features } = await ask(`/collections/${cloud.id}/items?datetime=${day}&limit=1000`);
    const bases = features.map(({ properties }) => properties.base).filter(Number.isFinite);
    const tops = features.map(({ properties: { base, height } }) => base + height).filter(Number.isFinite);
    return bases.length ? [Math.floor(Math.min(...bases)), Math.ceil(Math.max(...tops, ...bases))] : [0, 100];
  } catch (error) {
    if (!(error instanceof Refused || error instanceof TypeError)) throw error;
    return [0, 100];
  }
}

function legend(look, span) {
  if (look === 'class') return legendRows(POINT_CLASSES.map(([kind, colour]) => [colour, say(`viewer.points.class.${kind}`)]));
  if (!span) return [];
  const bar = make('span', { className: 'ramp' });
  bar.style.background = `linear-gradient(90deg, ${look === 'height' ? RAMP.join(', ') : '#000, #fff'})`;
  return [make('li', {}, value(String(span[0])), bar, value(String(span[1])))];
}

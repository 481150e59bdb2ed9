// The list of layers: each on or off, how strong, where, about what, and how it fares; no layer waits for another.

import { ask, Refused } from './api.js';
import { byId, longDay, make, say, settings, value } from './page.js';

const part = (name, id) => byId(`${name}-${id}`);

/** Starts the list; `view.goTo(box)` flies there, `view.retry(id)` fetches a layer again. */
export function startLayers(state, view) {
  const map = byId('layer-map');
  const names = settings.layers.map(({ id }) => id);
  const show = () => {
    for (const id of names) part('layer', id).checked = state[id];
    for (const id of names) showStrength(part('strength', id), state.strength[id] ?? 1);
    showStrength(map, state.map);
    byId('legend-day').textContent = say('viewer.layers.day', { day: longDay(state.day) });
  };
  for (const about of settings.layers) startLayer(about, state, view);
  map.addEventListener('input', () => state.set({ map: Number(map.value) / 100 }));
  state.on(`${names.join(' ')} strength map day`, show);
  show();
}

function startLayer({ id, extent, timeline }, state, view) {
  part('layer', id).addEventListener('change', ({ target }) => state.set({ [id]: target.checked }));
  part('strength', id).addEventListener('input', ({ target }) => state.set({ strength: { ...state.strength, [id]: Number(target.value) / 100 } }));
  part('zoom', id).addEventListener('click', () => view.goTo(extent));
  part('zoom', id).hidden = !extent;
  part('more', id).addEventListener('toggle', () => tellLastChange(part('last', id), timeline));
  part('again', id).addEventListener('click', () => view.retry(id));
}

function showStrength(range, share) {
  range.value = Math.round(share * 100);
  range.setAttribute('aria-valuetext', `${range.value}\u202f%`);
}

/** Says when anything of a layer last changed; asked when somebody wants to know. */
async function tellLastChange(place, timeline) {
  if (place.textContent) return;
  place.textContent = say('viewer.layers.asking');
  try {
    const { days } = await ask(timeline);
    place.replaceChildren(...(days.length ? [say('viewer.layers.last'), value(days.at(-1).day)] : [say('viewer.layers.never')]));
  } catch (error) {
    if (!(error instanceof Refused || error instanceof TypeError)) throw error;
    place.textContent = '';
  }
}

/** Says how a layer fares beside its name: `loading`, `failed`, `none` (nothing is built), or '' when all is well. */
export function tellLayer(id, how) {
  const place = part('fares', id);
  if (!place || place.dataset.how === how) return; // the layers on the left of the swipe have no place of their own
  place.dataset.how = how;
  place.textContent = how && say(`viewer.layers.${how}`);
  part('again', id).hidden = how !== 'failed';
}

/** The name of a layer. */
export const titleOf = (id) => settings.layers.find((layer) => layer.id === id)?.title ?? id;

/** A legend made of colours and words, for what is coloured in the page. */
export const legendRows = (rows) => rows.map(([colour, words]) => {
  const swatch = make('span', { className: 'swatch' });
  swatch.style.background = colour;
  return make('li', {}, swatch, words);
});

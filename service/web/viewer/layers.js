// The layers: each on or off, how strong the base map is; the legend says the day it holds for.

import { byId, longDay, say, settings } from './page.js';

/** Starts the layers panel. */
export function startLayers(state) {
  const map = byId('layer-map');
  const names = settings.layers.map(({ id }) => id);
  const show = () => {
    for (const name of names) byId(`layer-${name}`).checked = state[name];
    map.value = Math.round(state.map * 100);
    map.setAttribute('aria-valuetext', `${map.value}\u202f%`);
    byId('legend-day').textContent = say('viewer.layers.day', { day: longDay(state.day) });
  };
  for (const name of names) byId(`layer-${name}`).addEventListener('change', ({ target }) => state.set({ [name]: target.checked }));
  map.addEventListener('input', () => state.set({ map: Number(map.value) / 100 }));
  state.on(`${names.join(' ')} map day`, show);
  show();
}

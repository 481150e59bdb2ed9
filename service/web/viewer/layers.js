// The layers: buildings on or off, how strong the base map is; the legend says the day it holds for.

import { byId, longDay, say } from './page.js';

/** Starts the layers panel. */
export function startLayers(state) {
  const [buildings, map] = [byId('layer-buildings'), byId('layer-map')];
  const show = () => {
    buildings.checked = state.buildings;
    map.value = Math.round(state.map * 100);
    map.setAttribute('aria-valuetext', `${map.value}\u202f%`);
    byId('legend-day').textContent = say('viewer.layers.day', { day: longDay(state.day) });
  };
  buildings.addEventListener('change', () => state.set({ buildings: buildings.checked }));
  map.addEventListener('input', () => state.set({ map: Number(map.value) / 100 }));
  state.on('buildings map day', show);
  show();
}

// Cuts and water: each a switch, a number to type and a slider; all of it is state, so that a link reopens it.

import { byId, composing, say, settings, speak } from '../page.js';

const BELOW = 60; // metres under the ground that a cut's slider begins
const ABOVE = 240;

/** Starts the tool. */
export function start(state, view) {
  const camera = () => view.globe()?.camera;
  const here = () => {
    const [seen, eye] = [camera()?.middle(), camera()?.read()];
    const place = seen && camera().degrees(seen);
    return place && { lon: place.lon, lat: place.lat, heading: Number(eye.heading.toFixed(1)), ahead: 0 };
  };
  const reach = () => (camera() ? Math.max(50, camera().metresPerPixel() * 500) : 500);
  const ground = settings.ground1985;
  /** Moves the upright cut, or makes one where one looks; in the sky there is no place for it. */
  const setSide = (ahead) => {
    const at = state.side ?? here();
    state.set({ side: ahead === null || !at ? null : { ...at, ahead } });
    show();
  };
  const controls = {
    top: control('top', (height) => state.set({ top: height }), () => Math.round(ground + 20)),
    side: control('side', setSide, () => 0),
    water: control('water', (height) => state.set({ water: height }), () => Math.round(ground + 2)),
  };
  const show = () => {
    controls.top.show(state.top, ground - BELOW, ground + ABOVE);
    controls.side.show(state.side?.ahead ?? null, -reach(), reach());
    controls.water.show(state.water, ground - 20, ground + 60);
  };
  byId('cut-here').addEventListener('click', () => {
    const place = here();
    if (!place) return;
    state.set({ side: place });
    speak(say('viewer.cut.done'));
  });
  byId('cut-off').addEventListener('click', () => {
    state.set({ top: null, side: null, water: null });
    speak(say('viewer.cut.whole'));
  });
  state.on('top side water', show);
  return { opened: show };
}

/** One of them: `set(number or null)` hears of what is chosen, `usual()` is where it begins. */
function control(name, set, usual) {
  const [on, number, range] = ['on', 'number', 'range'].map((part) => byId(`${name}-${part}`));
  const typed = () => {
    const plain = number.value.normalize('NFKC').replace('−', '-').trim();
    const wrong = !plain || !Number.isFinite(Number(plain));
    number.setAttribute('aria-invalid', wrong ? 'true' : 'false');
    byId('cut-note').textContent = say(wrong ? 'viewer.cut.form' : 'viewer.cut.how');
    if (!wrong) set(Number(plain));
  };
  on.addEventListener('change', () => set(on.checked ? usual() : null));
  number.addEventListener('change', typed);
  number.addEventListener('keydown', (event) => { if (!composing(event) && event.key === 'Enter') typed(); });
  range.addEventListener('input', () => set(Number(Number(range.value).toFixed(1))));
  return {
    show: (at, least, most) => {
      on.checked = at !== null;
      [range.min, range.max] = [Math.min(least, at ?? least), Math.max(most, at ?? most)];
      range.step = (most - least) / 300 < 0.5 ? 0.5 : 1;
      range.value = at ?? usual();
      range.setAttribute('aria-valuetext', say('viewer.card.metres', { n: Number(range.value) }));
      if (document.activeElement !== number || at === null) number.value = at === null ? '' : String(at);
    },
  };
}

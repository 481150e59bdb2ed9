// Two dates side by side: the edge between them, both dates on their halves, and what changed as lists.

import { readDay } from '../days.js';
import { byId, composing, debounce, longDay, say, settings, speak } from '../page.js';
import { listDifferences } from './differences.js';

const HANDLE = 22; // pixels: half of it, which the edge stays away from the sides

/** Starts the tool; opening its panel begins a comparison, which lasts until it is ended. */
export function start(state, view) {
  const [field, range, swipe] = [byId('against'), byId('swipe-range'), byId('swipe')];

  const show = () => {
    const { against, day } = state;
    swipe.hidden = !against;
    byId('compare-day').textContent = day;
    byId('compare-end').disabled = !against;
    if (!against) return byId('compare-list').replaceChildren();
    if (document.activeElement !== field) field.value = against;
    byId('swipe-left').textContent = longDay(against);
    byId('swipe-right').textContent = longDay(day);
    place();
    return list();
  };
  /** The edge is where the handle's middle is; the engine is told the share of the whole width. */
  const place = () => {
    range.value = Math.round(state.swipe * 100);
    range.setAttribute('aria-valuetext', say('viewer.compare.at', { n: Number(range.value) }));
    const { clientWidth } = swipe;
    const at = HANDLE + (clientWidth - 2 * HANDLE) * state.swipe;
    if (!clientWidth) return;
    swipe.style.setProperty('--edge', `${(100 * at) / clientWidth}%`);
    view.globe()?.setSwipe(at / clientWidth);
  };
  const go = (share) => state.set({ swipe: share });

  /** Whoever went to something in the list finds the list as it was, until the scene itself is moved. */
  let kept = false;
  const choose = ({ code, bbox }) => {
    kept = true;
    state.set({ code });
    view.goTo(bbox);
  };
  for (const gesture of ['pointerdown', 'wheel', 'keydown']) byId('stage').addEventListener(gesture, () => { kept = false; }, { passive: true });
  const list = debounce(300, () => state.against && state.panel === 'compare' && listDifferences(state, view.bbox(), choose));

  const typed = () => {
    const day = readDay(field.value);
    field.setAttribute('aria-invalid', day ? 'false' : 'true');
    if (day) state.set({ against: day });
    else byId('compare-note').textContent = say('viewer.time.form');
  };
  field.addEventListener('change', typed);
  field.addEventListener('keydown', (event) => { if (!composing(event) && event.key === 'Enter') { event.preventDefault(); typed(); } });
  range.addEventListener('input', () => go(Number(range.value) / 100));
  for (const share of [25, 50, 75]) byId(`swipe-${share}`).addEventListener('click', () => go(share / 100));
  byId('compare-end').addEventListener('click', () => {
    state.set({ against: null });
    speak(say('viewer.compare.ended'));
  });
  state.on('against day', show);
  state.on('swipe', place);
  state.on('camera', () => kept || list());
  state.on(settings.layers.map(({ id }) => id).join(' '), list);
  new ResizeObserver(place).observe(byId('stage'));
  show();

  return {
    opened: () => {
      if (!state.against) state.set({ against: view.before() });
      show();
    },
  };
}

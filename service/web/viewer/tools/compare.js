// Two dates side by side: the edge between them, both dates on their halves, and what changed as a list.

import { asker, Refused } from '../api.js';
import { grouped } from '../card.js';
import { readDay } from '../days.js';
import { byId, composing, debounce, longDay, make, said, say, settings, speak, value } from '../page.js';
import { boxText } from '../timeline.js';

const FIRST = 20; // changed things that are listed
const HANDLE = 22; // pixels: half of it, which the edge stays away from the sides
const ask = asker();

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
    byId('swipe-line').style.left = `${at}px`;
    swipe.style.setProperty('--edge', `${at}px`);
    if (clientWidth) view.globe()?.setSwipe(at / clientWidth);
  };
  const go = (share) => state.set({ swipe: share });

  const list = debounce(300, async () => {
    const [against, day] = [state.against, state.day];
    if (!against) return;
    byId('compare-note').textContent = say('viewer.compare.looking');
    const box = view.bbox();
    try {
      const found = await ask(`${settings.differences}?datetime=${[against, day].sort().join('/')}&bbox=${boxText(box)}&limit=${FIRST}`);
      if (found) showChanges(found, box, state);
    } catch (error) {
      if (!(error instanceof Refused || error instanceof TypeError)) throw error;
      byId('compare-note').replaceChildren(say('viewer.compare.failed'), ' ', make('button', { type: 'button', className: 'button dense', onclick: list }, say('viewer.do.again')));
    }
  });

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
  state.on('camera', list);
  new ResizeObserver(place).observe(byId('stage'));
  show();

  return {
    opened: () => {
      if (!state.against) state.set({ against: view.before() });
      show();
    },
  };
}

function showChanges({ count, differences }, box, state) {
  const [from, to] = [state.against, state.day].sort().map(longDay);
  byId('compare-note').textContent = say(count ? 'viewer.compare.count' : 'viewer.compare.same', { n: count, from, to });
  byId('compare-list').replaceChildren(...differences.map((one) => changeRow(one, state)));
  const left = count - differences.length;
  byId('compare-more').href = `/changes?layer=buildings&bbox=${boxText(box)}`;
  byId('compare-more').hidden = !count;
  if (left > 0) byId('compare-list').append(make('li', {}, say('viewer.compare.others', { n: left })));
}

function changeRow({ code, kind, class: kindOf, name }, state) {
  const title = name || say('viewer.card.unnamed', { kind: said(settings.classes[kindOf]) || kindOf });
  const pick = make('button', { type: 'button', className: 'plain', onclick: () => state.set({ code }) }, name ? value(name) : title);
  const link = make('a', { href: `/codes/${encodeURIComponent(code)}`, className: 'code', translate: false }, grouped(code));
  return make('li', {}, make('b', {}, say(`viewer.compare.kind.${kind}`)), ' ', pick, ' ', link);
}

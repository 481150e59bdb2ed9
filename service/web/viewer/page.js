// What the server wrote into this page: its settings and its words, and small helpers to fill the page.

import { fill, numberText } from '../pages/parts/speech.js';

export { composing, numberText, sizeText } from '../pages/parts/speech.js';

const data = JSON.parse(document.getElementById('viewer-data').textContent);

/** Cameras, addresses, today's day, classes: see `service/web/viewer.py`. */
export const settings = data.settings;

const language = data.language;
const words = data.words;

/** The element with this id. */
export const byId = (id) => document.getElementById(id);

/** Makes an element: `make('a', { href }, 'text', otherElement)`; a property `data` becomes data attributes. */
export function make(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name === 'data') Object.assign(element.dataset, value);
    else if (name in element) element[name] = value;
    else element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
}

/** A value from the base, marked so that no translation touches it. */
export const value = (text) => make('span', { translate: false, data: { value: '' } }, text);

/** Says the message `id` with its fields filled, as the server does. */
export const say = (id, values = {}) => fill(words[id], values);

/** A text of the base in the reader's language. */
export const said = (text) => text?.[language === 'zh' ? 'zh' : 'en'] ?? '';

/** A length as people read it: metres below one kilometre, kilometres above. */
export function lengthText(metres) {
  if (metres < 1000) return `${numberText(Math.round(metres))}\u202fm`;
  const kilometres = metres / 1000;
  return `${numberText(kilometres < 10 ? Number(kilometres.toFixed(1)) : Math.round(kilometres))}\u202fkm`;
}

/** Writes `2026-05-19` for a sentence: `2026年5月19日`, `19 May 2026`. */
export function longDay(day) {
  const [year, month, date] = day.split('-').map(Number);
  return language === 'zh' ? `${year}年${month}月${date}日` : `${date} ${MONTHS[month - 1]} ${year}`;
}

const MONTHS = 'January February March April May June July August September October November December'.split(' ');

/** Calls `act` once nothing has asked for `wait` milliseconds. */
export function debounce(wait, act) {
  let timer;
  return (...args) => {
    clearTimeout(timer);
    timer = setTimeout(() => act(...args), wait);
  };
}

/** Whether the reader asked for less movement. */
export const calm = () => matchMedia('(prefers-reduced-motion: reduce)').matches;

/** Speaks to screen readers; the same sentence twice is spoken twice. */
export function speak(sentence) {
  const live = byId('live');
  live.textContent = '';
  requestAnimationFrame(() => { live.textContent = sentence; });
}

// The days on which something changed in view: asked of the server, counted, drawn as bars.

import { asker } from './api.js';
import { dayNumber, dayText } from './days.js';
import { make } from './page.js';

const ask = asker();
const BINS = 100;
const EDGE = 0.36; // how much of the row each of the days at its ends takes, about
const APART = 0.18; // how far apart the words of years are, of the slider's width
const SVG = 'http://www.w3.org/2000/svg';

/** A box of degrees as an address has it. */
export const boxText = (box) => box.map((number) => number.toFixed(6)).join(',');

/** Fetches the changes of some layers in a bbox; null where a newer question has overtaken this one. */
export async function fetchChanges(address, layers, bbox) {
  const found = await ask(`${address}?collections=${layers}&bbox=${boxText(bbox)}`);
  return found && readChanges(found);
}

/** Reads the server's days into [{ day, changes, standing }], oldest first. */
const readChanges = ({ days }) => days.map(({ day, count, standing }) => ({ day, changes: count, standing }));

/** How many changes a day brought. */
export const changesOn = (changes, day) => changes.find((change) => change.day === day)?.changes ?? 0;

/** The last change before a day and the first after it; undefined where there is none. */
export const neighbours = (changes, day) => [
  changes.findLast((change) => change.day < day)?.day,
  changes.find((change) => change.day > day)?.day,
];

/** The last of some days of change up to a day, since when all is as it is on that day; the day itself where there is none. */
export const lastChange = (days, day) => days.findLast((change) => change <= day) ?? day;

/**
 * The nearest days to offer where nothing stands on `day`: the eve of the last change, since after it all was gone, and
 * the next change, since before it nothing was.
 */
export const nearestFilled = (changes, day) => {
  const last = changes.findLast((change) => change.day <= day)?.day;
  return [last && changes[0].day < last ? dayText(dayNumber(last) - 1) : undefined, changes.find((change) => change.day > day)?.day];
};

/**
 * Draws the changes as bars between two days, tall by the logarithm of how many, the present day's one filled; and where
 * years begin. `years` is the row of words below them.
 */
export function drawBars(svg, years, changes, [first, last], today) {
  const share = (number) => (number - first) / Math.max(1, last - first);
  const bin = (day) => Math.round(share(dayNumber(day)) * (BINS - 1));
  const bins = new Map();
  for (const { day, changes: count } of changes) if (bin(day) >= 0 && bin(day) < BINS) bins.set(bin(day), (bins.get(bin(day)) ?? 0) + count);
  const tallest = Math.log1p(Math.max(1, ...bins.values()));
  const starts = yearsWithin(first, last);
  svg.setAttribute('viewBox', `0 0 ${BINS} 20`);
  svg.replaceChildren(
    ...starts.map(({ number }) => rect({ x: share(number) * (BINS - 1) + 0.4, y: 14, width: 0.3, height: 6, class: 'year' })),
    ...[...bins].map(([i, count]) => bar(i, Math.log1p(count) / tallest, i === bin(today))),
  );
  // Words that would touch one another or those at the ends are left out.
  const named = starts.filter(({ number }) => share(number) > EDGE && share(number) < 1 - EDGE);
  const every = Math.ceil(APART / share(first + 365));
  years.replaceChildren(...named.filter((_, i) => i % every === 0).map(({ year, number }) => {
    const word = make('span', { data: { value: '' } }, String(year));
    word.style.left = `${share(number) * 100}%`;
    return word;
  }));
}

/** The years that begin between two days, with the number of their first day. */
function yearsWithin(first, last) {
  const years = [];
  for (let year = Number(dayText(first).slice(0, 4)) + 1; dayNumber(`${year}-01-01`) <= last; year++) years.push({ year, number: dayNumber(`${year}-01-01`) });
  return years;
}

function bar(i, share, now) {
  const height = 4 + 16 * share;
  return rect({ x: i + 0.1, y: 20 - height, width: 0.8, height, ...(now && { class: 'now' }) });
}

function rect(attributes) {
  const made = document.createElementNS(SVG, 'rect');
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  return made;
}

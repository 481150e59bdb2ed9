// The days on which something changed in view: asked of the server, counted, drawn as bars.

import { asker } from './api.js';
import { dayNumber, dayText } from './days.js';

const ask = asker();
const BINS = 64;
const SVG = 'http://www.w3.org/2000/svg';

/** A box of degrees as an address has it. */
export const boxText = (box) => box.map((number) => number.toFixed(6)).join(',');

/** Fetches the changes in a bbox; null where a newer question has overtaken this one. */
export async function fetchChanges(address, bbox) {
  const found = await ask(`${address}?bbox=${boxText(bbox)}`);
  return found && readChanges(found);
}

/** Reads the server's days into [{ day, changes }], oldest first. */
const readChanges = ({ days }) => days.map(({ day, count }) => ({ day, changes: count }));

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

/** Draws the changes as bars between two days, tall by the logarithm of how many, the present day's one filled. */
export function drawBars(svg, changes, [first, last], today) {
  const bins = new Array(BINS).fill(0);
  const bin = (day) => Math.round(((dayNumber(day) - first) / Math.max(1, last - first)) * (BINS - 1));
  for (const { day, changes: count } of changes) if (bin(day) >= 0 && bin(day) < BINS) bins[bin(day)] += count;
  const tallest = Math.log1p(Math.max(1, ...bins));
  const bars = bins.flatMap((count, i) => (count ? [bar(i, Math.log1p(count) / tallest, i === bin(today))] : []));
  svg.setAttribute('viewBox', `0 0 ${BINS} 20`);
  svg.replaceChildren(...bars);
}

function bar(i, share, now) {
  const height = 4 + 16 * share;
  const rect = document.createElementNS(SVG, 'rect');
  for (const [name, value] of Object.entries({ x: i + 0.2, y: 20 - height, width: 0.6, height })) rect.setAttribute(name, value);
  if (now) rect.setAttribute('class', 'now');
  return rect;
}

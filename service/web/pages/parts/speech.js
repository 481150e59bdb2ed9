// How scripts write numbers and messages: the same as the server does.

/** Tells whether a key belongs to a Chinese or other input method, which must come first everywhere. */
export const composing = (event) => event.isComposing || event.keyCode === 229;

const GROUP = /\B(?=(\d{3})+(?!\d))/g;
const THIN = '\u202f';

/** Writes a number with its thousands apart, as the server does. */
export const numberText = (value) => String(value).replace(GROUP, THIN);

/** Writes a number of bytes, as the server does. */
export function sizeText(count) {
  for (const [unit, step] of [['GB', 1e9], ['MB', 1e6], ['kB', 1e3]]) {
    if (count >= step) return `${(count / step).toFixed(count / step < 10 ? 1 : 0)}${THIN}${unit}`;
  }
  return `${count}${THIN}B`;
}

/** Fills the fields of a message: `{name}`, and `{n:one|many}` by the number. */
export function fill(pattern, values) {
  return pattern.replace(/\{(\w+)(?::([^|}]*)\|([^}]*))?\}/g, (_, name, one, many) => {
    const value = values[name];
    if (one !== undefined) return value === 1 ? one : many;
    return typeof value === 'number' ? numberText(value) : String(value);
  });
}

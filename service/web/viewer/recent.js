// What was found lately: kept on this device only, and forgotten at a click.

const KEY = 'shikong.recent';
const MOST = 8;

/** What was found lately, the last first. */
export function recent() {
  try {
    const kept = JSON.parse(localStorage.getItem(KEY) ?? '[]');
    return Array.isArray(kept) ? kept.filter((match) => match?.kind) : [];
  } catch (error) {
    if (!(error instanceof SyntaxError || error instanceof DOMException)) throw error;
    return []; // written by something else, or the browser keeps nothing
  }
}

/** Keeps what was found, in place of the same thing found earlier. */
export function remember({ kind, code, name, text, class: kindOf, layer, parent, bbox, centroid, point }) {
  const match = { kind, code, name, text, class: kindOf, layer, parent, bbox, centroid, point };
  write([match, ...recent().filter((other) => idOf(other) !== idOf(match))].slice(0, MOST));
}

/** Forgets all of it. */
export const forget = () => write([]);

const idOf = ({ kind, code, name }) => `${kind} ${code ?? name}`;

function write(matches) {
  try {
    localStorage.setItem(KEY, JSON.stringify(matches));
  } catch (error) {
    if (!(error instanceof DOMException)) throw error;
  }
}

// The search box: divisions, entities, codes, coordinates; the results are a list of buttons.

import { asker, Refused } from './api.js';
import { byId, composing, debounce, make, said, say, settings, value } from './page.js';

const ask = asker();

/** Starts the search box; `choose(match)` goes to what was chosen. */
export function startSearch(choose) {
  const [form, field, list, state] = [byId('search'), byId('q'), byId('results'), byId('results-state')];

  const close = () => { list.replaceChildren(); state.textContent = ''; byId('results-box').hidden = true; };
  const report = (words) => { byId('results-box').hidden = false; state.textContent = words; };

  let chosen = null;
  const pick = (match) => {
    close();
    field.value = match.name || match.text || field.value;
    chosen = field.value;
    choose(match);
  };

  const find = async () => {
    const q = field.value.trim();
    if (!q) return close();
    report(say('viewer.search.running'));
    try {
      const point = readPoint(q);
      const found = point ? { matches: [] } : await ask(`/search?q=${encodeURIComponent(q)}`);
      if (!found) return;
      const matches = point ? [point, ...found.matches] : found.matches;
      list.replaceChildren(...matches.map((match) => make('li', {}, resultButton(match, pick))));
      report(matches.length ? say('viewer.search.found', { n: matches.length }) : say('viewer.search.none', { q }));
      return matches;
    } catch (error) {
      if (!(error instanceof Refused || error instanceof TypeError)) throw error;
      list.replaceChildren();
      report(say(error.status === 400 || error.status === 422 ? 'viewer.search.none' : 'viewer.search.failed', { q }));
    }
  };

  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    chosen = field.value;
    const matches = await find();
    // Exactly one answer, or coordinates: no need to choose.
    if (matches?.length === 1) pick(matches[0]);
    else if (matches?.length) list.querySelector('button')?.focus();
  });
  const suggest = debounce(250, () => field.value !== chosen && find());
  field.addEventListener('input', (event) => { if (!event.isComposing) suggest(); });
  field.addEventListener('compositionend', suggest);
  byId('search-box').addEventListener('keydown', (event) => {
    if (composing(event)) return event.key === 'Enter' && event.preventDefault();
    if (event.key === 'Escape') { close(); field.focus(); }
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') walk(event, field, list);
  });
  document.addEventListener('pointerdown', (event) => { if (!byId('search-box').contains(event.target)) close(); });
}

function walk(event, field, list) {
  const stops = [field, ...list.querySelectorAll('button')];
  const at = stops.indexOf(document.activeElement);
  if (at < 0 || stops.length < 2) return;
  event.preventDefault();
  stops[(at + (event.key === 'ArrowDown' ? 1 : stops.length - 1)) % stops.length].focus();
}

function resultButton(match, pick) {
  const about = [say(`viewer.kind.${match.kind}`), className(match.class), match.parent?.name ?? match.parent].filter(Boolean);
  const name = match.point ? match.name : value(match.name || match.text || match.code);
  const [kind, ...rest] = about;
  const line = make('small', {}, kind, ...rest.flatMap((text) => [' · ', value(text)]));
  return make('button', { type: 'button', className: 'result', onclick: () => pick(match) }, make('b', {}, name), line);
}

const className = (kind) => (typeof kind === 'string' ? said(settings.classes[kind]) : said(kind ?? {}));

/** Reads `117.02,36.66`, `36.66N 117.02E` or `117°1'12" 36°39'36"` as a place; null for anything else. */
export function readPoint(typed) {
  const parts = typed.normalize('NFKC').toUpperCase().match(/-?\d+(?:\.\d+)?(?:\s*°\s*(?:\d+(?:\.\d+)?\s*['′]\s*(?:\d+(?:\.\d+)?\s*["″]\s*)?)?)?\s*[NSEW]?/g);
  if (!parts || parts.length !== 2 || !/^[-\d.,;°'"′″\sNSEW]+$/.test(typed.normalize('NFKC').toUpperCase())) return null;
  let [lon, lat] = parts.map(degrees);
  if (/[NS]/.test(parts[0]) || /[EW]/.test(parts[1]) || Math.abs(lat) > 90) [lon, lat] = [lat, lon];
  if (!(Math.abs(lon) <= 180 && Math.abs(lat) <= 90)) return null;
  const name = say('viewer.search.point', { lon: String(lon), lat: String(lat) });
  return { kind: 'place', point: true, name, centroid: [lon, lat], bbox: null };
}

function degrees(part) {
  const [whole = 0, minutes = 0, seconds = 0] = part.match(/\d+(?:\.\d+)?/g).map(Number);
  const size = whole + minutes / 60 + seconds / 3600;
  return Number((/^-|[SW]/.test(part) ? -size : size).toFixed(8));
}


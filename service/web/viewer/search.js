// The search box: divisions, entities, codes, coordinates; the results are a list of buttons. While nothing is typed it
// offers what was found lately.

import { asker, Refused } from './api.js';
import { byId, composing, debounce, make, said, say, settings, speak, value } from './page.js';
import { forget, recent, remember } from './recent.js';

const ask = asker();

/** Starts the search box; `choose(match)` goes to what was chosen. */
export function startSearch(choose) {
  const [form, field, list, state] = [byId('search'), byId('q'), byId('results'), byId('results-state')];

  const close = () => {
    list.replaceChildren();
    state.textContent = '';
    for (const id of ['results-box', 'results-forget']) byId(id).hidden = true;
  };
  const report = (words, lately = false) => {
    byId('results-box').hidden = false;
    byId('results-forget').hidden = !lately;
    state.textContent = words;
  };
  const fill = (matches, typed) => list.replaceChildren(...matches.map((match) => make('li', {}, resultButton(match, typed, pick))));
  const offerRecent = () => {
    const matches = recent();
    if (!matches.length) return close();
    fill(matches, '');
    return report(say('viewer.search.recent'), true);
  };

  let chosen = null;
  const pick = (match) => {
    close();
    field.value = match.name || match.text || field.value;
    chosen = field.value;
    remember(match);
    choose(match);
  };

  const find = async () => {
    const q = field.value.trim();
    if (!q) return offerRecent();
    report(say('viewer.search.running'));
    try {
      const point = readPoint(q);
      const found = point ? { matches: [] } : await ask(`/search?q=${encodeURIComponent(q)}`);
      if (!found) return;
      const matches = point ? [point, ...found.matches] : found.matches;
      if (field.value.trim() !== q) return; // more was typed meanwhile
      fill(matches, q);
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
  field.addEventListener('focus', () => field.value.trim() || offerRecent());
  byId('results-forget').addEventListener('click', () => {
    forget();
    close();
    field.focus();
    speak(say('viewer.search.forgotten'));
  });
  byId('search-box').addEventListener('focusout', ({ relatedTarget: to }) => to && !byId('search-box').contains(to) && close());
  document.addEventListener('pointerdown', (event) => { if (!byId('search-box').contains(event.target)) close(); });
}

function walk(event, field, list) {
  const stops = [field, ...list.querySelectorAll('.result')];
  const at = stops.indexOf(document.activeElement);
  if (at < 0 || stops.length < 2) return;
  event.preventDefault();
  stops[(at + (event.key === 'ArrowDown' ? 1 : stops.length - 1)) % stops.length].focus();
}

function resultButton(match, typed, pick) {
  const about = [say(`viewer.kind.${match.kind}`), className(match.class), match.parent?.name ?? match.parent].filter(Boolean);
  const name = match.point ? match.name : marked(match.name || match.text || match.code, typed);
  const [kind, ...rest] = about;
  const line = make('small', {}, kind, ...rest.flatMap((text) => [' · ', value(text)]));
  return make('button', { type: 'button', className: 'result', onclick: () => pick(match) }, make('b', {}, name), line);
}

/** A name with what was typed of it set off. */
function marked(name, typed) {
  const at = typed ? name.toLowerCase().indexOf(typed.toLowerCase()) : -1;
  const shown = value('');
  shown.append(...(at < 0 ? [name] : [name.slice(0, at), make('mark', {}, name.slice(at, at + typed.length)), name.slice(at + typed.length)]));
  return shown;
}

const className = (kind) => (typeof kind === 'string' ? settings.classes[kind] : said(kind ?? {}));

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


// The card of the picked entity: at once from the tile's own metadata, then whole from the server.

import { asker, Refused } from './api.js';
import { busy, idle } from './busy.js';
import { byId, composing, debounce, longDay, make, numberText, said, say, settings, speak, value } from './page.js';

const ask = asker();

/** Groups a code by four for the eye; copying takes it without the gaps. */
export const grouped = (code) => code.replaceAll(/[^0-9A-Za-z]/g, '').replace(/(.{4})(?=.)/g, '$1 ');

/** Starts the card; it follows `state.code` and `state.day`. `view` knows the scene. */
export function startCard(state, view) {
  const card = byId('card');
  let known = null;

  const close = () => {
    if (!state.code) return;
    const hadFocus = card.contains(document.activeElement);
    state.set({ code: null });
    if (hadFocus) byId('scene').focus();
    speak(say('viewer.says.closed'));
  };

  const follow = () => {
    card.hidden = !state.code;
    document.body.classList.toggle('has-card', Boolean(state.code));
    if (!state.code) return;
    known = known?.code === state.code ? asOf(known, state.day) : (view.picked(state.code, state.day) ?? { code: state.code });
    if (isGone(known, state.day)) return absent(state.day);
    draw(card, known, state, view);
    // While the date is dragged the history tells each day; the server is asked about the one that stays.
    if (known.history) fetchSoon();
    else fetchCard();
  };

  /** The thing is known, but did not stand on this day: what remains to show is its history. */
  const absent = (day) => {
    known = { code: known.code, history: known.history, name: known.name, class: known.class };
    draw(card, known, state, view);
    note(say('viewer.card.absent', { day: longDay(day) }));
  };

  const fetchCard = async () => {
    const { code, day } = state;
    if (!code) return;
    busy('card');
    note(say('viewer.card.loading'));
    try {
      const found = await ask(`/codes/${encodeURIComponent(code)}?datetime=${day}`);
      if (!found) return; // another was picked meanwhile
      known = readCard(found);
      draw(card, known, state, view);
      note('');
    } catch (error) {
      await explain(error, code, day);
    }
    idle('card');
  };

  const fetchSoon = debounce(150, fetchCard);

  const explain = async (error, code, day) => {
    if (!(error instanceof Refused || error instanceof TypeError)) throw error;
    if (error.status !== 404 && error.status !== 410) {
      return note(say('viewer.card.failed'), make('button', { type: 'button', className: 'button dense', onclick: fetchCard }, say('viewer.card.again')));
    }
    const history = await ask(`/items/${encodeURIComponent(code)}/versions`).then(readVersions, () => []);
    if (state.code !== code) return;
    known = { ...known, code, history };
    if (history.length) return absent(day);
    draw(card, { code }, state, view);
    note(say('viewer.card.unknown', { code: grouped(code) }));
  };

  const note = (...content) => byId('card-note').replaceChildren(...content);

  byId('card-close').addEventListener('click', close);
  byId('card-zoom').addEventListener('click', () => view.goTo(known));
  card.addEventListener('keydown', (event) => {
    if (!composing(event) && event.key === 'Escape') close();
  });
  state.on('code day', follow);
  follow();
  return { close, name: () => known && title(known) };
}

const isOpen = (row) => !row.valid_to || row.valid_to === '..';
const stands = (row, day) => row.valid_from <= day && (isOpen(row) || day < row.valid_to);

/** Whether what is known already tells that nothing stood on a day; there is no need to ask then. */
const isGone = (it, day) => Boolean(it?.history?.length) && !it.history.some((row) => stands(row, day));

/** What is known of a thing, with the values its history has for a day. */
function asOf(it, day) {
  const row = it.history?.find((one) => stands(one, day));
  if (!row || row.valid_from === it.valid_from) return it;
  const { name, height, valid_from, valid_to } = row;
  return { ...it, class: row.class, name, height, valid_from, valid_to, source: null };
}

/** What the card shows, of the server's answer. */
function readCard(it) {
  return {
    code: it.code, class: it.class, name: it.name, height: it.height, base: it.base,
    valid_from: it.valid_from, valid_to: it.valid_to, source: it.source, codes: it.codes,
    history: currentVersions(it.history), centroid: it.centroid, bbox: it.bbox, href: `/codes/${it.code}`,
  };
}

/** What the base believes today, newest first: rows that later surveys corrected are the full record's matter. */
function currentVersions(history) {
  return history.filter((row) => row.known_to === null || row.known_to === undefined || row.known_to === '..')
    .sort((one, other) => (one.valid_from < other.valid_from ? 1 : -1));
}

function readVersions({ features = [] }) {
  return currentVersions(features.map(({ properties }) => properties));
}

const className = ({ class: kind }) => (typeof kind === 'string' ? settings.classes[kind] ?? kind : said(kind ?? {}));

function title(it) {
  return it.name || say('viewer.card.unnamed', { kind: className(it) || say('viewer.card.entity') });
}

function draw(card, it, state, view) {
  byId('card-title').replaceChildren(it.name ? value(it.name) : title(it));
  byId('card-day').textContent = say('viewer.card.day', { day: longDay(state.day) });
  byId('card-facts').replaceChildren(...facts(it).flatMap(([label, ...shown]) => [make('dt', {}, say(label)), make('dd', {}, ...shown)]));
  byId('card-history').replaceChildren(...historyRows(it.history ?? [], state));
  byId('card-history-title').textContent = say('viewer.card.history', { n: it.history?.length ?? 0 });
  byId('card-history-box').hidden = !it.history?.length;
  byId('card-codes').replaceChildren(...(it.codes ?? []).flatMap(codeRow));
  byId('card-codes-title').textContent = say('viewer.card.codes', { n: it.codes?.length ?? 0 });
  byId('card-codes-box').hidden = !it.codes?.length;
  byId('card-more').href = `/codes/${encodeURIComponent(it.code)}?datetime=${state.day}`;
  byId('card-zoom').hidden = !view.placeOf(it);
}

function facts(it) {
  const rows = [['viewer.card.code', codeText(it.code), copyButton(it.code)]];
  if (it.class) rows.push(['viewer.card.class', value(className(it)), ' ', make('small', { translate: false }, classCode(it))]);
  if (Number.isFinite(it.height)) rows.push(['viewer.card.height', value(say('viewer.card.metres', { n: Math.round(it.height * 10) / 10 }))]);
  if (it.valid_from) rows.push(['viewer.card.from', value(it.valid_from)]);
  if (it.valid_to && it.valid_to !== '..') rows.push(['viewer.card.until', value(it.valid_to)]);
  const source = sourceText(it.source);
  if (source) rows.push(['viewer.card.source', ...source]);
  return rows;
}

const classCode = ({ class: kind }) => (typeof kind === 'string' ? kind : (kind?.code ?? ''));

/** Tiles carry the source as text; the server's card says who and which transaction. */
function sourceText(source) {
  if (!source) return null;
  if (typeof source === 'string') return [value(source)];
  const who = source.department?.name ?? source.department ?? source.reason;
  if (!who) return null;
  return [make('span', {}, say('viewer.card.source.of', { who, n: source.transaction })), ...(source.reason && source.reason !== who ? [make('small', { className: 'line' }, value(source.reason))] : [])];
}

const codeText = (code) => make('span', { className: 'code', translate: false }, grouped(code));

function copyButton(code) {
  const button = make('button', { type: 'button', className: 'copy' }, say('viewer.card.copy'));
  button.addEventListener('click', async () => {
    const done = await navigator.clipboard?.writeText(code).then(() => true, () => false);
    if (done) button.textContent = say('viewer.card.copied');
    else getSelection().selectAllChildren(button.previousElementSibling);
    speak(say(done ? 'viewer.card.copied' : 'viewer.card.copyfailed'));
  });
  return button;
}

function codeRow({ titles, value: code, text, scheme }) {
  return [make('dt', {}, value(said(titles ?? {}) || scheme)), make('dd', {}, make('span', { className: 'code', translate: false }, text ?? code))];
}

function historyRows(history, state) {
  return history.map((row) => {
    const here = stands(row, state.day);
    const words = say(isOpen(row) ? 'viewer.card.version' : 'viewer.card.version.past', { from: row.valid_from, to: row.valid_to });
    const height = Number.isFinite(row.height) ? [' ', value(`${numberText(Math.round(row.height * 10) / 10)}\u202fm`)] : [];
    const button = make('button', { type: 'button', className: 'version', onclick: () => state.set({ day: row.valid_from }) }, words, ...height);
    if (here) {
      button.setAttribute('aria-current', 'true');
      button.append(' ', make('small', {}, say('viewer.card.version.here')));
    }
    return make('li', {}, button);
  });
}

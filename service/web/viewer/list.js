// What is in view as a table, layer by layer: for reading, for screen readers, and where there is no 3D.

import { ask, Refused } from './api.js';
import { busy, idle } from './busy.js';
import { grouped } from './card.js';
import { byId, composing, debounce, longDay, make, numberText, said, say, settings, value } from './page.js';
import { boxText } from './timeline.js';

const PAGE = 50;
const FACTS = 5; // columns of the table

/** Starts the list; `view.bbox()` is what is listed of the layers shown, and a row's button picks its entity and goes there. */
export function startList(state, view, { onClose }) {
  const [panel, table, note] = [byId('list'), byId('list-table'), byId('list-note')];
  let latest = null;
  let kept = false; // whoever goes to something in the list finds the list as it was

  const choose = ({ id, bbox }) => {
    kept = true;
    state.set({ code: id });
    if (bbox) view.goTo(bbox);
    kept = false;
  };

  const refresh = async () => {
    if (panel.hidden || kept) return;
    const turn = (latest = {});
    byId('list-title').textContent = say('viewer.list.day', { day: longDay(state.day) });
    note.textContent = say('viewer.list.loading');
    busy('list');
    const place = `bbox=${boxText(view.bbox())}&datetime=${state.day}&limit=${PAGE}`;
    const told = await Promise.all(settings.layers.filter(({ id }) => state[id]).map((layer) => fetchPage(layer, `/collections/${layer.id}/items?${place}`)));
    if (latest !== turn) return; // a newer question is on its way
    idle('list');
    for (const group of [...table.tBodies]) group.remove();
    table.append(...told.filter(({ rows }) => rows.length).map((page) => groupOf(page, state, choose, tell)));
    tell(told.filter(({ failed }) => failed).map(({ layer }) => layer.title));
  };

  /** Says how many are listed, and which layers (their titles) could not be fetched. */
  const tell = (failed = []) => {
    const count = table.querySelectorAll('tbody a').length;
    const words = count || failed.length ? say('viewer.list.count', { n: count }) : say('viewer.list.empty', { day: longDay(state.day) });
    const again = () => make('button', { type: 'button', className: 'button dense', onclick: refresh }, say('viewer.do.again'));
    note.replaceChildren(words, ...(failed.length ? [' ', say('viewer.list.failed', { layers: failed.join(say('viewer.compare.and')) }), ' ', again()] : []));
  };

  const open = (opened) => {
    panel.hidden = !opened;
    document.body.classList.toggle('has-list', opened);
    byId('tool-list').setAttribute('aria-pressed', opened ? 'true' : 'false');
    if (opened) refresh();
  };

  const close = () => {
    open(false);
    onClose();
  };
  byId('list-close').addEventListener('click', close);
  panel.addEventListener('keydown', (event) => {
    if (!composing(event) && event.key === 'Escape' && view.globe()) close();
  });
  state.on(`day ${settings.layers.map(({ id }) => id).join(' ')}`, debounce(200, refresh));
  return { open, refresh, isOpen: () => !panel.hidden };
}

/** A page of a layer's things; `failed` where nobody answers. */
async function fetchPage(layer, address) {
  try {
    const { features, links } = await ask(address);
    return { layer, rows: features, next: links?.find(({ rel }) => rel === 'next')?.href };
  } catch (error) {
    if (!(error instanceof Refused || error instanceof TypeError)) throw error;
    return { layer, rows: [], failed: true };
  }
}

/** The rows of one layer under its name, with a button for more where there are more. */
function groupOf({ layer, rows, next }, state, choose, tell) {
  const name = make('th', { scope: 'rowgroup', colSpan: FACTS }, value(layer.title));
  const group = make('tbody', {}, make('tr', {}, name), ...rows.map((one) => rowOf(one, state, choose)));
  if (next) group.append(moreRow(layer, next, state, choose, tell));
  return group;
}

function moreRow(layer, next, state, choose, tell) {
  const words = [say('viewer.list.more'), make('span', { className: 'unseen' }, ' ', value(layer.title))];
  const button = make('button', { type: 'button', className: 'button dense' }, ...words);
  const last = make('tr', {}, make('td', { colSpan: FACTS }, button));
  button.addEventListener('click', async () => {
    const page = await fetchPage(layer, next);
    if (page.failed) return tell([layer.title]);
    const rows = page.rows.map((one) => rowOf(one, state, choose));
    last.before(...rows);
    next = page.next;
    rows[0]?.querySelector('button').focus();
    if (!next) last.remove();
    return tell();
  });
  return last;
}

function rowOf(one, state, choose) {
  const { id: code, properties: it } = one;
  const name = it.name || say('viewer.card.unnamed', { kind: className(it) });
  const button = make('button', { type: 'button', className: 'plain', onclick: () => choose(one) }, it.name ? value(name) : name);
  const height = Number.isFinite(it.height) ? numberText(Math.round(it.height * 10) / 10) : '–';
  return make('tr', {}, make('th', { scope: 'row' }, button), make('td', {}, value(className(it))),
    make('td', { className: 'number' }, height),
    make('td', {}, make('a', { href: `/codes/${encodeURIComponent(code)}?datetime=${state.day}`, className: 'code', translate: false }, grouped(code))),
    make('td', {}, value(it.valid_from ?? '–')));
}

const className = (it) => said({ zh: it.class_zh, en: it.class_en }) || settings.classes[it.class] || it.class || '';

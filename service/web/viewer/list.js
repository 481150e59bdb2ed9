// The same things as a table: for reading, for screen readers, and where there is no 3D.

import { asker, Refused } from './api.js';
import { busy, idle } from './busy.js';
import { grouped } from './card.js';
import { byId, debounce, longDay, make, numberText, said, say, settings, value } from './page.js';
import { boxText } from './timeline.js';

const ask = asker();
const PAGE = 50;

/** Starts the list; `view.bbox()` is what is listed, and a row's button picks its entity. */
export function startList(state, view, { onClose }) {
  const [panel, rows, note, more] = [byId('list'), byId('list-rows'), byId('list-note'), byId('list-more')];
  let next = null;
  let count = 0;

  const fetchRows = async (address) => {
    busy('list');
    note.textContent = say('viewer.list.loading');
    try {
      const found = await ask(address);
      if (!found) return;
      rows.append(...found.features.map((feature) => row(feature, state)));
      count += found.features.length;
      next = found.links?.find((link) => link.rel === 'next')?.href ?? null;
      more.hidden = !next;
      note.textContent = count ? say('viewer.list.count', { n: count }) : say('viewer.list.empty', { day: longDay(state.day) });
    } catch (error) {
      if (!(error instanceof Refused || error instanceof TypeError)) throw error;
      note.replaceChildren(say('viewer.list.failed'), ' ', make('button', { type: 'button', className: 'button dense', onclick: refresh }, say('viewer.do.again')));
    }
    idle('list');
  };

  const refresh = () => {
    if (panel.hidden) return;
    rows.replaceChildren();
    count = 0;
    byId('list-title').textContent = say('viewer.list.day', { day: longDay(state.day) });
    fetchRows(`${settings.items}?bbox=${boxText(view.bbox())}&datetime=${state.day}&limit=${PAGE}`);
  };

  const open = (opened) => {
    panel.hidden = !opened;
    document.body.classList.toggle('has-list', opened);
    byId('tool-list').setAttribute('aria-pressed', opened ? 'true' : 'false');
    if (opened) refresh();
  };

  more.addEventListener('click', () => next && fetchRows(next));
  byId('list-close').addEventListener('click', () => { open(false); onClose(); });
  state.on('day', debounce(200, refresh));
  return { open, refresh, isOpen: () => !panel.hidden };
}

function row({ id, properties: it }, state) {
  const code = it.code ?? id;
  const name = it.name || say('viewer.card.unnamed', { kind: className(it) });
  const button = make('button', { type: 'button', className: 'plain', onclick: () => state.set({ code }) }, it.name ? value(name) : name);
  const height = Number.isFinite(it.height) ? numberText(Math.round(it.height * 10) / 10) : '–';
  return make('tr', {}, make('th', { scope: 'row' }, button), make('td', {}, value(className(it))),
    make('td', { className: 'number' }, height),
    make('td', {}, make('a', { href: `/codes/${encodeURIComponent(code)}?datetime=${state.day}`, className: 'code', translate: false }, grouped(code))),
    make('td', {}, value(it.valid_from ?? '–')));
}

const className = (it) => said({ zh: it.class_zh, en: it.class_en }) || said(settings.classes[it.class]) || it.class || '';

// What is not the same on two days, as lists: a group for each layer shown, counted, a page at a time.

import { ask, Refused } from '../api.js';
import { grouped } from '../card.js';
import { byId, longDay, make, numberText, say, settings, value } from '../page.js';
import { boxText } from '../timeline.js';

const PAGE = 20;
const FEW = 30; // so many in all are listed at once; of more, all but the first group are folded
let latest = null;

/** Lists what differs in a box between two days, layer by layer; `choose(difference)` goes to one. */
export async function listDifferences(state, box, choose) {
  const turn = (latest = {});
  const days = [state.against, state.day].sort();
  const shown = settings.layers.filter(({ id, kind }) => kind === 'tiles' && state[id]);
  byId('compare-note').textContent = say('viewer.compare.looking');
  const told = await Promise.all(shown.map((layer) => fetchPage(layer, addressOf(layer, days, box))));
  if (latest !== turn || !state.against) return; // a newer question is on its way, or nothing is compared any more
  const groups = told.filter(({ count }) => count);
  const total = groups.reduce((sum, { count }) => sum + count, 0);
  byId('compare-list').replaceChildren(...groups.map((group, i) => groupOf(group, state, choose, i === 0 || total <= FEW)));
  Object.assign(byId('compare-more'), { href: `/changes?bbox=${boxText(box)}`, hidden: !total });
  const failed = told.filter((one) => one.failed).map(({ layer }) => layer.title);
  const [from, to] = days.map(longDay);
  byId('compare-note').replaceChildren(
    failed.length ? say('viewer.compare.failed', { layers: failed.join(say('viewer.compare.and')) }) : say(total ? 'viewer.compare.count' : 'viewer.compare.same', { n: total, from, to }),
    ...(failed.length ? [' ', make('button', { type: 'button', className: 'button dense', onclick: () => listDifferences(state, box, choose) }, say('viewer.do.again'))] : []),
  );
}

const addressOf = ({ id }, days, box) => `/collections/${id}/differences?datetime=${days.join('/')}&bbox=${boxText(box)}&limit=${PAGE}`;

/** A page of a layer's differences; `failed` where nobody answers. */
async function fetchPage(layer, address) {
  try {
    const { count, differences, links } = await ask(address);
    return { layer, count, rows: differences, next: links.find(({ rel }) => rel === 'next')?.href };
  } catch (error) {
    if (!(error instanceof Refused || error instanceof TypeError)) throw error;
    return { layer, failed: true, count: 0 };
  }
}

function groupOf({ layer, count, rows, next }, state, choose, open) {
  const list = make('ul', { className: 'plain-list' }, ...rows.map((one) => rowOf(one, state, choose)));
  const group = make('details', { className: 'fold', open }, make('summary', {}, make('span', {}, value(layer.title)), ' ', make('span', { className: 'count' }, value(numberText(count)))), list);
  if (next) group.append(moreButton(layer, list, next, count, state, choose));
  return group;
}

function moreButton(layer, list, next, count, state, choose) {
  const words = () => say('viewer.compare.others', { n: count - list.children.length });
  const button = make('button', { type: 'button', className: 'button dense' }, words());
  button.addEventListener('click', async () => {
    const page = await fetchPage(layer, next);
    if (page.failed) return;
    const rows = page.rows.map((one) => rowOf(one, state, choose));
    list.append(...rows);
    rows[0]?.querySelector('button').focus();
    next = page.next;
    if (next) button.textContent = words();
    else button.remove();
  });
  return button;
}

function rowOf(one, state, choose) {
  const title = one.name || settings.classes[one.class] || one.class;
  const pick = make('button', { type: 'button', className: 'plain', onclick: () => choose(one) }, value(title));
  const link = make('a', { href: `/codes/${encodeURIComponent(one.code)}?datetime=${state.day}`, className: 'code', translate: false }, grouped(one.code));
  return make('li', { className: 'difference' }, make('b', { className: `kind ${one.kind}` }, say(`viewer.compare.kind.${one.kind}`)), ' ', pick, ' ', link);
}

// Says what is wrong or missing: one sentence and what can be done, on the page until it is over.

import { byId, make, say } from './page.js';

const shown = new Map();

/** Shows a notice under `kind`, in place of an earlier one of that kind; `actions` are [label id, what to do]. */
export function notify(kind, sentence, actions = [], { lasting = true } = {}) {
  if (shown.get(kind)?.dataset.said === sentence) return;
  dismiss(kind);
  const buttons = actions.map(([label, act]) => make('button', { type: 'button', className: 'button dense', onclick: act }, say(label)));
  const close = make('button', { type: 'button', className: 'button dense', onclick: () => dismiss(kind) }, say('viewer.do.close'));
  const notice = make('div', { className: 'viewer-notice', data: { said: sentence } }, make('p', {}, sentence), ...buttons, close);
  byId('notices').append(notice);
  shown.set(kind, notice);
  if (!lasting) setTimeout(() => shown.get(kind) === notice && dismiss(kind), 4000);
}

/** Takes the notice of this kind away. */
export function dismiss(kind) {
  const notice = shown.get(kind);
  if (!notice) return;
  const hadFocus = notice.contains(document.activeElement);
  notice.remove();
  shown.delete(kind);
  if (hadFocus) byId('scene').focus();
}

/** Says that a tool's script did not come: it can be asked for again, or the page anew where the service has newer ones since. */
export function withoutTool(again) {
  const reload = ['viewer.do.reload', () => location.reload()];
  notify('tool', say('viewer.trouble.tool'), [['viewer.do.again', () => { dismiss('tool'); again(); }], reload]);
}

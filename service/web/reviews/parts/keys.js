// The keys of the review desk. Each is one key without a modifier; a person can turn them off (WCAG 2.1.4).

import { composing } from '../../pages/parts/speech.js';

const STORE = 'shikong.single-keys';
const TYPING = 'input:not([type=checkbox]), textarea, select, [contenteditable]';

/** Tells whether single keys are wanted, and keeps the wish. */
export const singleKeys = {
  get wanted() { return localStorage.getItem(STORE) !== 'off'; },
  keep(wanted) { localStorage.setItem(STORE, wanted ? 'on' : 'off'); },
};

/** Starts the keys: `acts` has a function by the name of each key; one that returns false leaves the key to the browser. */
export function startKeys(acts) {
  document.addEventListener('keydown', (event) => {
    if (composing(event) || event.ctrlKey || event.metaKey || event.altKey || event.repeat && event.key.length === 1) return;
    if (event.target.closest?.(TYPING) || document.querySelector('dialog[open]') && event.key !== '?') return;
    // A Chinese keyboard types full-width signs for the same keys.
    const name = event.key.length === 1 ? event.key.normalize('NFKC').toLowerCase() : event.key;
    const todo = acts[{ '【': '[', '】': ']' }[name] ?? name];
    if (!todo || (name.length === 1 && name !== '?' && !singleKeys.wanted)) return;
    if (todo(event) !== false) event.preventDefault();
  });
}

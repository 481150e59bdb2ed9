// Knows whether anything is still being loaded: `<html data-busy>` and the thin bar say so.

import { byId, say } from './page.js';

const running = new Map();
let settled;

/** Says that `what` has begun, with words to show or none; `idle(what)` says that it is over. */
export function busy(what, words = '') {
  running.set(what, words);
  show();
}

/** Says that `what` is over. */
export function idle(what) {
  if (running.delete(what)) show();
}

/** Whether `what` is still running. */
export const isBusy = (what) => running.has(what);

function show() {
  const words = [...running.values()].find(Boolean) ?? '';
  byId('progress').hidden = running.size === 0;
  byId('progress-words').textContent = words;
  clearTimeout(settled);
  if (running.size) document.documentElement.dataset.busy = 'true';
  // The end of one thing is often the beginning of another, half a second later once the camera rests.
  else settled = setTimeout(() => { document.documentElement.dataset.busy = 'false'; }, 600);
}

/** How far the loading is, 0 to 1, or null where that is not known. */
export function progress(share) {
  const bar = byId('progress-bar');
  if (share === null) bar.removeAttribute('value');
  else bar.value = share;
}

/** The words for a first load that has `left` bytes to go. */
export const leftWords = (size) => say('viewer.loading.left', { size });

// What goes wrong with the scene: each layer by itself, the base map, the picture as a whole; a sentence and what can be done.

import { idle } from './busy.js';
import { tellLayer, titleOf } from './layers.js';
import { dismiss, notify } from './notices.js';
import { byId, say } from './page.js';

const MOST = 4; // times a layer is fetched again by itself

/** Makes the one who hears of trouble; `globe()` is the globe, `openList()` goes on without it, `over(id)` stops waiting. */
export function createTroubles(state, globe, openList, over) {
  const attempts = new Map();
  const pending = new Set(); // of many tiles that fail at once, the first starts the waiting
  const broken = new Set(); // the layers of which something failed since they were last asked for
  const useList = ['viewer.do.list', openList];
  const reload = ['viewer.do.restore', () => location.reload()];

  const well = (id) => {
    if (pending.has(id) || broken.has(id)) return; // it came, but some tile of it failed
    tellLayer(id, '');
    dismiss(`tiles ${id}`);
  };
  const begun = (id) => broken.delete(id);
  const retry = (id) => {
    attempts.delete(id);
    begun(id);
    well(id);
    globe()?.retry(id);
  };

  /** A layer cannot be fetched: tried again by itself, each time after twice as long, before a person is asked. */
  const layer = (id, day) => {
    broken.add(id);
    if (pending.has(id)) return;
    const attempt = (attempts.get(id) ?? 0) + 1;
    attempts.set(id, attempt);
    if (attempt > MOST) {
      tellLayer(id, 'failed');
      notify(`tiles ${id}`, say('viewer.trouble.tiles', { layer: titleOf(id) }), [['viewer.do.again', () => retry(id)], useList]);
      return;
    }
    notify(`tiles ${id}`, say('viewer.trouble.retry', { layer: titleOf(id), n: attempt }), [useList]);
    pending.add(id);
    setTimeout(() => {
      pending.delete(id);
      if (day === state.day && state[id]) globe().retry(id);
    }, 1000 * 2 ** attempt);
  };

  const none = (id) => {
    tellLayer(id, 'none');
    notify(`tiles ${id}`, say('viewer.trouble.notiles', { layer: titleOf(id) }), [useList]);
  };

  const map = () => notify('map', say('viewer.trouble.map'), [['viewer.do.again', () => { dismiss('map'); globe().retry('map'); }]]);

  const picture = (kind) => {
    idle('scene');
    byId('stage').classList.remove('has-globe'); // the still picture is better than a blank
    notify(kind, say(`viewer.trouble.${kind}`), [reload, useList]);
  };

  const hear = (kind, day, id) => {
    if (kind === 'map') return map();
    if (kind === 'lost' || kind === 'render') return picture(kind);
    over(id);
    return kind === 'notiles' ? none(id) : layer(id, day);
  };
  state.on('day', () => attempts.clear());
  return { begun, hear, well, retry };
}

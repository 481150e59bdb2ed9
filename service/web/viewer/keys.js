// The keys of the scene. Single letters count only while the scene has the focus (WCAG 2.1.4).

import { byId, composing } from './page.js';

/** Starts the keys; `act` has a function for each thing a key can do. */
export function startKeys(act) {
  const keys = {
    ArrowLeft: () => act.move(-1, 0), ArrowRight: () => act.move(1, 0),
    ArrowUp: () => act.move(0, 1), ArrowDown: () => act.move(0, -1),
    '+': () => act.zoom(1), '=': () => act.zoom(1), '-': () => act.zoom(-1), _: () => act.zoom(-1),
    '[': () => act.turn(-15), ']': () => act.turn(15), PageUp: () => act.tilt(10), PageDown: () => act.tilt(-10),
    n: act.north, u: act.under, Enter: act.pick, 0: act.home, ',': () => act.jump(0), '.': () => act.jump(1), '?': act.help, Escape: act.close, Backspace: act.undo,
    l: () => act.panel('layers'), m: () => act.panel('measure'), x: () => act.panel('cut'), c: () => act.panel('compare'), t: act.list, p: act.picture,
  };
  byId('scene').addEventListener('keydown', (event) => {
    if (composing(event) || event.ctrlKey || event.metaKey || event.altKey || event.target !== event.currentTarget) return;
    // A Chinese keyboard types full-width signs for the same keys.
    const name = event.key.length === 1 ? event.key.normalize('NFKC').toLowerCase() : event.key;
    const todo = keys[{ '。': '.', '【': '[', '】': ']' }[name] ?? name];
    if (!todo) return;
    event.preventDefault();
    todo();
  });
}

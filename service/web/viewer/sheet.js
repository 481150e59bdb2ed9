// On a phone the card is a sheet at the foot: a strip, half or whole; moved by its buttons or by dragging its head.

import { byId, say } from './page.js';

const SIZES = ['peek', 'half', 'full'];

/** Starts the sheet. */
export function startSheet() {
  const [card, head, grow] = [byId('card'), byId('card-head'), byId('card-grow')];
  let from = null;

  const size = (name) => {
    card.dataset.sheet = name;
    const words = say(name === 'full' ? 'viewer.card.shrink' : 'viewer.card.grow');
    grow.setAttribute('aria-label', words);
    grow.title = words;
  };
  const step = (by) => size(SIZES[Math.min(2, Math.max(0, SIZES.indexOf(card.dataset.sheet) + by))]);

  grow.addEventListener('click', () => (card.dataset.sheet === 'full' ? size('peek') : step(1)));
  head.addEventListener('pointerdown', (event) => {
    if (event.target.closest('button')) return;
    from = event.clientY;
    head.setPointerCapture(event.pointerId);
  });
  head.addEventListener('pointerup', (event) => {
    if (from === null) return;
    const moved = from - event.clientY;
    if (Math.abs(moved) > 24) step(Math.sign(moved) * (Math.abs(moved) > innerHeight / 3 ? 2 : 1));
    from = null;
  });
  head.addEventListener('pointercancel', () => { from = null; });
  size('half');
}

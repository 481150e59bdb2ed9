// The column of tools: what each button does. On a phone the column stands folded behind one button.

import { byId, composing } from './page.js';

const AGAIN = ['tool-more', 'tool-in', 'tool-out', 'tool-north']; // what one presses several times in a row

/** Starts the column; `acts` has what each button does, `closePanel()` closes the open panel and says whether there was one. */
export function startToolbar(acts, closePanel) {
  const more = byId('tool-more');
  const tools = more.closest('.tools');
  const unfold = (open) => {
    tools.classList.toggle('open', open);
    more.setAttribute('aria-expanded', open ? 'true' : 'false');
  };
  for (const [name, act] of Object.entries(acts)) byId(`tool-${name}`).addEventListener('click', act);
  more.addEventListener('click', () => unfold(!tools.classList.contains('open')));
  // Once a tool is chosen the column gives way to the scene.
  more.parentElement.addEventListener('click', ({ target }) => {
    const button = target.closest('.tool');
    if (!button || AGAIN.includes(button.id)) return;
    const hadFocus = document.activeElement === button;
    unfold(false);
    if (hadFocus && !button.checkVisibility()) more.focus();
  });
  tools.addEventListener('keydown', (event) => {
    if (!composing(event) && event.key === 'Escape' && !closePanel()) unfold(false);
  });
  byId('keys-close').addEventListener('click', () => byId('keys').close());
}

/** Gives the focus back to a tool's button, or to the one that it is folded behind. */
export function focusTool(name) {
  const button = byId(`tool-${name}`);
  (button.checkVisibility() ? button : byId('tool-more')).focus();
}

// What every page does beyond its HTML: copy buttons, and menus that close as people expect. Nothing here is needed
// to read or to send.

import { composing } from './parts/speech.js';

async function copy(button) {
  const source = document.getElementById(button.dataset.copyOf);
  await navigator.clipboard.writeText(source ? source.textContent : button.dataset.copy);
  const before = button.textContent;
  button.textContent = button.dataset.done;
  setTimeout(() => { button.textContent = before; }, 1500);
}

document.addEventListener('click', (event) => {
  const button = event.target.closest('button[data-copy], button[data-copy-of]');
  if (button) copy(button);
  if (event.target.closest('button[data-print]')) window.print();
  for (const menu of document.querySelectorAll('details.menu[open]')) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});

document.addEventListener('keydown', (event) => {
  if (composing(event) || event.key !== 'Escape') return;
  for (const menu of document.querySelectorAll('details.menu[open]')) {
    menu.open = false;
    menu.querySelector('summary').focus();
  }
});

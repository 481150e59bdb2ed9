// Follows one submission: asks how far it is and rewrites the steps; once its state changes the page is loaded anew.
import './pages.js';
import { fill } from './parts/speech.js';

const STEADY = 1000;
const SLOW = 5000;
const outcome = document.getElementById('outcome');
const stale = document.getElementById('stale');
let failures = 0;

/** Takes the list of steps from a freshly rendered page, so that words are said in one place only. */
async function look() {
  const answer = await fetch(location.href, { headers: { Accept: 'text/html' }, cache: 'no-store' });
  if (!answer.ok) throw new Error(String(answer.status));
  const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
  failures = 0;
  stale.hidden = true;
  if (page.getElementById('outcome')?.dataset.state !== outcome.dataset.state) {
    location.reload();
    return;
  }
  document.getElementById('steps').replaceWith(page.getElementById('steps'));
  later(STEADY);
}

function lost() {
  failures += 1;
  stale.textContent = fill(stale.dataset.word, { n: failures });
  stale.hidden = false;
  later(SLOW);
}

function later(pause) {
  setTimeout(() => look().catch(lost), document.hidden ? SLOW : pause);
}

if (outcome?.dataset.follow === 'yes') later(STEADY);

// One case after another by single keys: a verdict is sent in the background while the next case, loaded before, is shown.
// Without scripts the same form posts the same fields.

import '../pages/pages.js';
import { fill } from '../pages/parts/speech.js';
import { startCut } from './parts/cut.js';
import { singleKeys, startKeys } from './parts/keys.js';
import { startSolid } from './parts/solid.js';

const words = JSON.parse(document.getElementById('words').textContent);
const say = (word, values = {}) => fill(words[word], values);
const language = document.documentElement.lang.startsWith('zh') ? 'zh' : 'en';
const byId = (id) => document.getElementById(id);
const current = () => byId('case');
const RENEW = 60_000;

const settled = new Set();  // cases decided here, which a page loaded before may still name as next
const waiting = new Map();  // pages loaded before they are wanted, by address
let data = {};
let solid = null;
let cut = null;
let round = 0;
let tasks = Promise.resolve();

/** Shows what just happened, in words, with a button where there is something to do about it. */
function tell(text, kind = '', button = null) {
  const line = byId('said');
  line.className = `said ${kind}`;
  const words_ = document.createElement('span');
  words_.textContent = text;
  line.replaceChildren(...(text ? [words_] : []), ...(button ? [button] : []));
}

function knob(text, act) {
  const made = document.createElement('button');
  made.type = 'button';
  made.className = 'button dense';
  made.textContent = text;
  made.addEventListener('click', act);
  return made;
}

async function send(path, fields = {}) {
  const body = new FormData();
  body.set('csrf', data.csrf);
  for (const [name, value] of Object.entries(fields)) body.set(name, value);
  const answer = await fetch(path, { method: 'POST', headers: { Accept: 'application/json' }, body });
  const value = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Error(value.detail?.[language] ?? String(answer.status));
  return value;
}

const address = (id) => `/reviews/${id}${current().dataset.query}`;

function load(path) {
  if (!waiting.has(path)) {
    const page = fetch(path, { headers: { Accept: 'text/html' } }).then(async (answer) => {
      if (!answer.ok || answer.redirected) throw new Error(String(answer.status));
      return new DOMParser().parseFromString(await answer.text(), 'text/html');
    });
    page.catch(() => waiting.delete(path));
    waiting.set(path, page);
  }
  return waiting.get(path);
}

/** Puts another case in the place of this one. */
async function show(path, replace = false) {
  const mine = ++round;
  document.documentElement.dataset.busy = 'true';
  try {
    const page = await load(path);
    waiting.delete(path);
    if (mine !== round) return;
    leave();
    current().replaceWith(document.adoptNode(page.getElementById('case')));
    document.title = page.title;
    history[replace ? 'replaceState' : 'pushState']({}, '', path);
    scrollTo({ top: 0 });
    begin();
  } catch {
    location.assign(path);
  } finally {
    document.documentElement.dataset.busy = 'false';
  }
}

/** Starts everything of the case that is shown. */
function begin() {
  data = JSON.parse(byId('case-data').textContent);
  cut = null;
  const map = byId('map').querySelector('svg');
  solid = startSolid(byId('solid'), data, { lon: Number(map.dataset.lon), lat: Number(map.dataset.lat) });
  for (const button of current().querySelectorAll('[data-turn]')) button.addEventListener('click', () => solid.turn(button.dataset.turn));
  byId('help')?.addEventListener('click', help);
  byId('draw')?.addEventListener('click', draw);
  byId('cut-apply')?.addEventListener('click', () => decide('split'));
  byId('cut-leave')?.addEventListener('click', endCut);
  byId('undo')?.addEventListener('click', (event) => { event.preventDefault(); undo(); });
  byId('decide')?.addEventListener('submit', (event) => {
    event.preventDefault();
    decide(event.submitter?.value);
  });
  const next = following(1);
  if (next) load(address(next)).catch(() => {});
  hold();
}

/** Holds the case that is shown, so that a colleague sees it is being looked at. */
async function hold() {
  if (current().dataset.open !== 'yes' || document.hidden) return;
  const id = current().dataset.id;
  try {
    const { held } = await send(`/reviews/${id}/hold`);
    if (held && current().dataset.id === id) tell(say('review.held', { who: held.who, n: held.minutes }), 'bad');
  } catch {
    return;  // a case is decided about all the same; the server refuses what a colleague holds
  }
}

function leave() {
  const { id, open } = current().dataset;
  if (open !== 'yes' || settled.has(id)) return;
  const body = new FormData();
  body.set('csrf', data.csrf);
  navigator.sendBeacon(`/reviews/${id}/release`, body);
}

function following(step) {
  const found = step > 0 ? current().dataset.next : current().dataset.previous;
  return found && !settled.has(found) ? found : null;
}

/** Decides, shows the next case at once, and says when the decision is recorded, or why it is not. */
function decide(verdict) {
  const form = byId('decide');
  const button = form?.querySelector(`[value="${verdict}"]`);
  if (!button) return;
  if (verdict === 'split' && !cut && current().dataset.split === '0') { draw(); return; }
  if (verdict === 'split' && cut && byId('cut-apply').disabled) { tell(say('review.cut.none'), 'bad'); return; }
  if (button.disabled && !(verdict === 'split' && cut)) { tell(button.innerText.replace(/\s+/g, ' '), 'bad'); return; }
  const { id, query } = current().dataset;
  if (settled.has(id)) return;
  const fields = { ...Object.fromEntries(new FormData(form)), verdict, cut: verdict === 'split' && cut ? cut.text() : '' };
  const path = `/reviews/${id}/decide${query}`;
  settled.add(id);
  const next = following(1);
  tell(say('review.saving'), 'busy');
  tasks = tasks.then(() => send(path, fields)).then((made) => recorded(id, made, next), (fault) => failed(id, fault));
  if (next) show(address(next));
}

function recorded(id, made, shown) {
  tell(say('review.done', { id, verdict: made.titles[language] }), '', knob(say('review.done.undo'), undo));
  if (shown) {
    if (made.place && current().dataset.id === String(made.next)) byId('place').textContent = say('review.place', { place: made.place, total: made.left });
    return;
  }
  if (made.next) show(address(made.next));
  else location.assign(`/reviews?done=${made.transaction}`);
}

function failed(id, fault) {
  settled.delete(id);
  const why = fault instanceof TypeError ? say('review.failed.net') : fault.message;
  waiting.clear();
  tell(say('review.failed', { id, why }), 'bad', knob(say('review.failed.see'), () => show(address(id))));
  if (current().dataset.id === id) show(address(id), true);
}

/** Takes the last decision back and shows its case again. */
function undo() {
  tell(say('review.saving'), 'busy');
  tasks = tasks.then(() => send('/reviews/undo')).then(async ({ reviews }) => {
    for (const review of reviews) settled.delete(String(review));
    waiting.clear();
    await show(address(reviews[0]));
    tell(say('review.undone', { id: reviews[0] }));
  }).catch((fault) => tell(fault instanceof TypeError ? say('review.failed.net') : fault.message, 'bad'));
}

function move(step) {
  const next = following(step);
  if (next) show(address(next));
  return Boolean(next);
}

function nextCandidate() {
  const links = [...current().querySelectorAll('.candidates a')];
  const at = links.findIndex((link) => link.hasAttribute('aria-current'));
  if (links.length > 1) show(links[(at + 1) % links.length].getAttribute('href'), true);
}

/** Draws a cut on the map, with how many parts it makes as it moves. */
function draw() {
  if (cut || !byId('draw')) return;
  const svg = byId('map').querySelector('svg');
  byId('map').classList.add('drawing');
  byId('cutting').hidden = false;
  cut = startCut(svg, parts, (found) => {
    const shares = found.map(({ share }) => `${(100 * share).toFixed(0)} %`).join(' + ');
    byId('cut-parts').textContent = found.length > 1 ? say('review.split.parts', { n: found.length, shares }) : say('review.cut.none');
    byId('cut-apply').disabled = found.length < 2;
  });
  byId('cut-apply').focus({ preventScroll: true });
}

async function parts(line) {
  const query = new URLSearchParams({ line, candidate: data.chosen });
  const answer = await fetch(`/reviews/${current().dataset.id}/cut?${query}`, { headers: { Accept: 'application/json' } });
  return answer.ok ? (await answer.json()).parts : [];
}

function endCut() {
  cut?.end();
  cut = null;
  byId('map').classList.remove('drawing');
  byId('cutting').hidden = true;
  byId('draw')?.focus();
}

function help() {
  const sheet = byId('keys');
  if (sheet.open) sheet.close();
  else sheet.showModal();
}

byId('single').checked = singleKeys.wanted;
byId('single').addEventListener('change', (event) => singleKeys.keep(event.target.checked));
const cutKey = (event) => Boolean(cut?.key(event.key));
startKeys({
  1: () => decide('same'), 2: () => decide('new'), 3: () => decide('split'), 4: () => decide('merge'), 5: () => decide('reject'),
  z: undo, j: () => move(1), k: () => move(-1), c: nextCandidate, x: draw, '?': help,
  r: () => byId('replaces')?.click(),
  p: () => byId('colleague')?.focus(),
  ArrowRight: (event) => cutKey(event) || move(1), ArrowLeft: (event) => cutKey(event) || move(-1),
  ArrowUp: cutKey, ArrowDown: cutKey, '[': cutKey, ']': cutKey,
  Enter: (event) => (cut && !event.target.closest('button') ? decide('split') : false),
  Escape: () => (cut ? endCut() : false),
});
addEventListener('popstate', () => location.reload());
addEventListener('pagehide', leave);
document.addEventListener('visibilitychange', hold);
setInterval(hold, RENEW);
begin();

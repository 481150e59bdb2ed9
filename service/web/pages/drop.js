// The submission form with scripts on: files can be dropped, are judged before they are sent, and are sent with progress.
// Without scripts the same form posts the same fields.

import './pages.js';
import { extension, grouped, judged } from './parts/judge.js';
import { fill, sizeText } from './parts/speech.js';
import { pack } from './parts/zip.js';

const words = JSON.parse(document.getElementById('words').textContent);
const say = (word, values = {}) => fill(words[word], values);
const [form, input, zone, chosen, ready, send, sending] =
  ['upload', 'file', 'drop', 'chosen', 'ready', 'send', 'sending'].map((id) => document.getElementById(id));
const limit = Number(form.dataset.limit);
let files = [];
let items = [];
let round = 0;

const sizes = (values) => Object.fromEntries(Object.entries(values)
  .map(([name, value]) => [name, ['size', 'limit', 'done', 'total'].includes(name) ? sizeText(value) : value]));

/** Takes more files; one of the same name replaces the one before. */
function take(more) {
  const names = new Set([...more].map((file) => file.name));
  files = [...files.filter((file) => !names.has(file.name)), ...more];
  judge();
}

async function judge() {
  const mine = ++round;
  const systemChosen = form.elements.crs.value !== '';
  const found = grouped(files);
  for (const item of found) item.judgements = await judged(item, limit, systemChosen);
  if (mine !== round) return;
  items = found;
  show();
}

function show() {
  chosen.replaceChildren(...items.map(row));
  const bad = items.some(isBad);
  // The choice of a coordinate system is folded away until a file needs it.
  if (items.some(({ judgements }) => judgements.some(({ word }) => word === 'drop.shapefile.noprj'))) form.querySelector('details').open = true;
  const size = items.reduce((sum, item) => sum + item.size, 0);
  ready.textContent = items.length === 0 ? '' : say(bad ? 'drop.notready' : 'drop.ready', sizes({ n: items.length, size }));
  send.setAttribute('aria-disabled', String(bad || items.length === 0));
  input.required = items.length === 0;
}

const isBad = (item) => item.judgements.some(({ grave }) => grave);

function row(item) {
  const li = document.createElement('li');
  li.classList.toggle('bad', isBad(item));
  const text = document.createElement('p');
  const name = element('b', item.name);
  name.translate = false;
  const facts = [sizeText(item.size), ...(item.files.length > 1 ? [say('drop.parts', { n: item.files.length })] : [])];
  text.append(name, ' ', element('span', facts.join(' · '), 'hint'));
  for (const { word, values } of item.judgements) text.append(document.createElement('br'), say(word, sizes(values)));
  const remove = element('button', say('drop.remove.short'), 'button dense');
  remove.type = 'button';
  remove.setAttribute('aria-label', say('drop.remove', { name: item.name }));
  remove.addEventListener('click', () => drop(item));
  li.append(mark(isBad(item)), text, remove);
  return li;
}

function drop(item) {
  files = files.filter((file) => !item.files.includes(file));
  input.value = '';
  judge();
  input.focus();
}

function mark(bad) {
  const span = element('b', bad ? '✕' : '✓');
  span.setAttribute('role', 'img');
  span.setAttribute('aria-label', say(bad ? 'drop.bad' : 'drop.good'));
  return span;
}

function element(kind, text, className = '') {
  const made = document.createElement(kind);
  made.textContent = text;
  made.className = className;
  return made;
}

/** Asks before leaving while a file is on its way. */
const hold = (event) => event.preventDefault();

async function submit() {
  window.addEventListener('beforeunload', hold);
  const body = new FormData(form);
  body.delete('file');
  for (const item of items) body.append('file', ...await part(item));
  transmit(body);
}

/** What is sent for an item: the file itself, or its loose parts as one zip. */
async function part(item) {
  if (!item.shapefile) return [item.files[0], item.name];
  let done = 0;
  const zip = await pack(item.files, (bytes) => {
    done += bytes;
    tell(say('drop.packing', { name: item.name, percent: Math.floor((100 * done) / item.size) }), done / item.size);
  });
  return [zip, `${item.name.slice(0, -extension(item.name).length - 1)}.zip`];
}

function transmit(body) {
  const request = new XMLHttpRequest();
  const began = performance.now();
  request.upload.onprogress = ({ loaded, total }) => {
    const seconds = Math.ceil(((performance.now() - began) / 1000 / loaded) * (total - loaded));
    const word = performance.now() - began > 4000 ? 'drop.sending' : 'drop.sending.first';
    tell(say(word, { ...sizes({ done: loaded, total }), seconds }), loaded / total, () => request.abort());
  };
  request.upload.onload = () => tell(say('drop.arrived'), 1);
  request.onload = () => answered(request);
  request.onerror = () => stopped(say('drop.cut'));
  request.onabort = () => stopped(say('drop.stopped'));
  request.open('POST', form.action);
  request.setRequestHeader('Accept', 'application/json');
  request.responseType = 'json';
  request.send(body);
}

function answered({ status, response }) {
  window.removeEventListener('beforeunload', hold);
  if (status < 300 && response?.id) {
    location.assign(`/submissions/${response.id}`);
    return;
  }
  const language = document.documentElement.lang.startsWith('zh') ? 'zh' : 'en';
  const findings = response?.findings ?? [];
  stopped(say('drop.refused'), findings.map(({ sentence, remedy }) => `${sentence[language]} ${remedy[language]}`));
}

/** Says how far the sending is, with a way to leave it. */
function tell(text, share, stop) {
  sending.hidden = false;
  sending.className = 'sending';
  let bar = sending.querySelector('progress');
  if (!bar) {
    bar = document.createElement('progress');
    sending.replaceChildren(element('p', ''), bar, element('button', say('drop.stop'), 'button dense'));
    sending.lastChild.type = 'button';
  }
  sending.firstChild.textContent = text;
  bar.value = share;
  bar.setAttribute('aria-label', text);
  sending.lastChild.hidden = !stop;
  sending.lastChild.onclick = stop ?? null;
  send.disabled = true;
}

function stopped(title, more = []) {
  window.removeEventListener('beforeunload', hold);
  sending.hidden = false;
  sending.className = 'sending notice error';
  sending.replaceChildren(element('p', title, 'title'), ...more.map((text) => element('p', text)));
  send.disabled = false;
}

input.addEventListener('change', () => take(input.files));
form.elements.crs.addEventListener('change', judge);
form.addEventListener('submit', (event) => {
  event.preventDefault();
  if (items.length === 0 || items.some(isBad)) chosen.querySelector('.bad button')?.focus();
  else submit().catch(() => stopped(say('drop.folder')));
});
for (const kind of ['dragenter', 'dragover']) {
  zone.addEventListener(kind, (event) => { event.preventDefault(); zone.classList.add('over'); });
}
for (const kind of ['dragleave', 'drop']) zone.addEventListener(kind, () => zone.classList.remove('over'));
zone.addEventListener('drop', (event) => { event.preventDefault(); take(event.dataTransfer.files); });

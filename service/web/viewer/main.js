// The viewer: reads the address, wires the page's parts to one state, and brings the globe.

import { keepAddress, readAddress } from './address.js';
import { ask } from './api.js';
import { busy, idle } from './busy.js';
import { startCard } from './card.js';
import { startDock } from './dock.js';
import { showFurniture } from './furniture.js';
import { startKeys } from './keys.js';
import { startLayers } from './layers.js';
import { startList } from './list.js';
import { canDraw, loadGlobe } from './loading.js';
import { dismiss, notify } from './notices.js';
import { byId, calm, composing, debounce, lengthText, longDay, say, settings, speak } from './page.js';
import { startSearch } from './search.js';
import { startSheet } from './sheet.js';
import { createState } from './state.js';
import '../pages/pages.js'; // the header's menus

const FLIGHT = 2.2;
const asked = readAddress(location.search);
const layers = settings.layers.map(({ id }) => id);
const usual = Object.fromEntries(settings.layers.map(({ id, on }) => [id, on]));
const state = createState({ day: settings.today, code: null, camera: null, ...usual, under: false, map: 1, ...asked });
const beginning = asked.camera ?? settings.start ?? settings.home;
let globe = null;
const coming = new Set(); // the layers whose day is loading
let where = null; // the box the list is about while there is no globe

const view = {
  bbox: () => globe?.camera.bbox() ?? where ?? boxAround(beginning),
  picked: (code, day) => globe?.known(code, day),
  placeOf: (it) => it?.bbox ?? (it?.centroid && [...it.centroid, ...it.centroid]),
  goTo: (it) => go(view.placeOf(it)),
  toData: () => settings.extent && go(settings.extent),
};

keepAddress(state);
const dock = startDock(state, view);
const card = startCard(state, view);
const list = startList(state, view, { onClose: () => byId('scene').focus() });
startLayers(state);
startSheet();
startSearch(choose);
startTools();
startKeys({
  move: (x, y) => steer((camera) => camera.move(x, y)), zoom: (by) => steer((camera) => camera.zoom(by)),
  turn: (by) => steer((camera) => camera.orbit(by, 0)), tilt: (by) => steer((camera) => camera.orbit(0, by)),
  north: () => steer(toNorth), home: goHome, under: toUnder, pick: () => globe && pick(globe.pickCentre()),
  jump: (which) => dock.jump(which), help: () => byId('keys').showModal(), close: () => card.close(),
});
state.on('code', ({ code }) => globe?.pick(code));
state.on('day', ({ day }) => globe?.show(day));
state.on(layers.join(' '), (shown) => globe?.setVisible(shown));
state.on('under', showUnder);
state.on('map', ({ map }) => globe?.base.setStrength(map));
dock.look();
bringGlobe();

/** Brings the globe, or says why not and what can be done. */
async function bringGlobe() {
  if (!canDraw()) return withoutGlobe('webgl');
  try {
    const { createGlobe } = await loadGlobe(() => notify('slow', say('viewer.loading.slow', { n: 10 }), [['viewer.do.list', openList]]));
    dismiss('slow');
    dismiss('script');
    busy('scene', say('viewer.loading.globe'));
    startGlobe(createGlobe);
  } catch (error) {
    withoutGlobe(error instanceof TypeError ? 'script' : 'webgl');
    console.warn('the globe did not start:', error);
  }
}

function startGlobe(createGlobe) {
  globe = createGlobe(byId('globe'), settings, {
    ready: () => showGlobe(), settled, trouble,
    moving: showPlace, moved: () => { showPlace(); keepCamera(); dock.look(); },
    pointed: (place) => showPlace(place), picked: pick,
    loading: (day, layer) => { coming.add(layer); busy('day', globe && say('viewer.time.loading', { day: longDay(day) })); },
    shown: (day, layer) => {
      if (coming.delete(layer) && coming.size) return;
      idle('day');
      dismiss('tiles');
      attempts = 0;
      speak(say('viewer.time.shown', { day: longDay(day) }));
    },
    changeDays,
  });
  globe.camera.set(asked.camera ?? { ...settings.home, heading: 0, pitch: -90 });
  globe.base.setStrength(state.map);
  globe.setVisible(state);
  globe.setUnder(state.under);
  globe.pick(state.code);
  globe.show(state.day);
}

/** The first complete frame: the globe takes the still picture's place, then flies to where it begins. */
async function showGlobe() {
  byId('stage').classList.add('has-globe');
  if (!asked.camera && settings.start) {
    busy('flight');
    await globe.camera.fly(settings.start, calm() ? 0 : FLIGHT);
    idle('flight');
  }
  keeping = true;
  byId('scene').dataset.ready = 'true';
}

function settled(whole) {
  if (whole) idle('scene');
  else busy('scene', byId('stage').classList.contains('has-globe') ? say('viewer.loading.tiles') : say('viewer.loading.globe'));
}

/** Every day on which anything of a layer changed, oldest first; none where nobody answers. Asked once. */
const everyChange = new Map();
function changeDays({ id, timeline }) {
  if (!everyChange.has(id)) everyChange.set(id, ask(timeline).then(({ days }) => days.map(({ day }) => day), () => []));
  return everyChange.get(id);
}

// Where the camera stands goes into the address only once a person has moved it.
let keeping = false;
let touched = Boolean(asked.camera);
for (const gesture of ['pointerdown', 'wheel', 'keydown']) byId('scene').addEventListener(gesture, () => { touched = true; }, { passive: true });
const keepCamera = () => { if (keeping && touched) state.set({ camera: globe.camera.read() }); };

function showPlace(place) {
  if (!globe) return;
  const centre = globe.camera.middle();
  const shown = place?.lon !== undefined ? place : centre && globe.camera.degrees(centre);
  if (shown) showFurniture(shown, globe.camera.metresPerPixel(), globe.camera.read().heading);
}

function pick(found) {
  if (!found) speak(say('viewer.card.nothing'));
  else if (!found.code) speak(say('viewer.says.block', { n: found.count }));
  state.set({ code: found?.code ?? null });
  if (found?.code) speak(say('viewer.says.picked', { name: card.name(), code: found.code }));
}

const sayPlace = debounce(700, () => {
  const centre = globe.camera.middle();
  if (!centre) return;
  const { height, heading } = globe.camera.read();
  const { lon, lat } = globe.camera.degrees(centre);
  const towards = say(`viewer.heading.${Math.round(heading / 45) % 8}`);
  speak(say('viewer.says.place', { lon: lon.toFixed(3), lat: lat.toFixed(3), height: lengthText(height), heading: towards }));
});

function steer(act) {
  if (!globe) return;
  touched = true;
  act(globe.camera);
  keepCamera();
  sayPlace();
}

function toNorth(camera) {
  camera.orbit(-camera.read().heading, 0);
}

/** Looks under the ground from 45°, where pipes and the like are then shown; or comes back up. */
function toUnder() {
  state.set({ under: !state.under });
  if (state.under) steer((camera) => camera.orbit(0, -45 - camera.read().pitch));
}

function showUnder({ under }) {
  byId('tool-under').setAttribute('aria-pressed', under ? 'true' : 'false');
  globe?.setUnder(under);
  if (under) state.set(Object.fromEntries(settings.layers.filter((layer) => layer.under).map(({ id }) => [id, true])));
  speak(say(under ? 'viewer.says.under' : 'viewer.says.above'));
}

function goHome() {
  state.set({ under: false });
  steer((camera) => camera.fly(settings.start ?? { ...settings.home, heading: 0, pitch: -90 }, calm() ? 0 : 1));
}

function go(box) {
  if (!box) return;
  where = grown(box);
  if (globe) steer((camera) => camera.fly(camera.over(box), calm() ? 0 : 1.6));
  else dock.look();
  list.refresh();
}

function choose(match) {
  const box = match.bbox ?? (match.centroid && [...match.centroid, ...match.centroid]);
  go(box);
  if (match.kind === 'entity') state.set({ code: match.code });
  if (globe && !list.isOpen()) byId('scene').focus({ preventScroll: true });
}

let attempts = 0;
function trouble(kind, day) {
  if (kind === 'tiles' && day && attempts < 4) return retryTiles(day);
  coming.clear();
  idle('day');
  const reload = ['viewer.do.restore', () => location.reload()];
  const useList = ['viewer.do.list', openList];
  const actions = {
    tiles: [['viewer.do.again', () => { attempts = 0; dismiss('tiles'); globe.show(state.day); }], useList],
    map: [['viewer.do.again', () => { dismiss('map'); globe.base.load(); }]],
    notiles: [useList], lost: [reload, useList], render: [reload, useList],
  };
  notify(kind === 'notiles' ? 'tiles' : kind, say(`viewer.trouble.${kind}`), actions[kind]);
  if (kind === 'lost' || kind === 'render') {
    idle('scene');
    byId('stage').classList.remove('has-globe'); // the still picture is better than a blank
  }
}

/** Tries again by itself, each time after twice as long. */
function retryTiles(day) {
  attempts += 1;
  notify('tiles', say('viewer.trouble.retry', { n: attempts }), [['viewer.do.list', openList]]);
  setTimeout(() => day === state.day && globe.show(day), 1000 * 2 ** attempts);
}

/** Goes on without 3D: says why, and offers the list, which without WebGL is all there is. */
function withoutGlobe(why) {
  idle('script');
  idle('scene');
  document.body.classList.add('no-globe');
  if (why === 'webgl') list.open(true);
  notify(why, say(`viewer.trouble.${why}`), why === 'script' ? [['viewer.do.again', () => location.reload()], ['viewer.do.list', openList]] : []);
}

function openList() {
  dismiss('slow');
  list.open(true);
  byId('list-title').focus();
}

function startTools() {
  const tools = {
    in: () => steer((camera) => camera.zoom(1)), out: () => steer((camera) => camera.zoom(-1)), north: () => steer(toNorth), home: goHome, under: toUnder,
    layers: () => toggle(byId('layers'), byId('tool-layers')), list: () => (list.isOpen() ? list.open(false) : openList()),
    keys: () => byId('keys').showModal(), link: copyLink, more: openTools,
  };
  for (const [name, act] of Object.entries(tools)) byId(`tool-${name}`).addEventListener('click', act);
  byId('layers').addEventListener('keydown', (event) => {
    if (composing(event) || event.key !== 'Escape') return;
    toggle(byId('layers'), byId('tool-layers'));
    byId('tool-layers').focus();
  });
  byId('keys-close').addEventListener('click', () => byId('keys').close());
}

/** On a phone the tools stand behind one button. */
function openTools() {
  const open = byId('tool-more').closest('.tools').classList.toggle('open');
  byId('tool-more').setAttribute('aria-expanded', open ? 'true' : 'false');
}

function toggle(panel, button) {
  panel.hidden = !panel.hidden;
  button.setAttribute('aria-expanded', panel.hidden ? 'false' : 'true');
}

async function copyLink() {
  if (globe) state.set({ camera: globe.camera.read() });
  await new Promise((done) => { setTimeout(done, 150); }); // the address follows the state a moment later
  const done = await navigator.clipboard?.writeText(location.href).then(() => true, () => false);
  notify('link', done ? say('viewer.linked') : location.href, [], { lasting: !done });
}

/** A box around what a camera looks at, for the list and the bars before there is a globe. */
function boxAround({ lon, lat, height, heading = 0, pitch = -90 }) {
  const radians = Math.PI / 180;
  const ahead = Math.min(5 * height, height / Math.tan(Math.max(1, -pitch) * radians));
  const [metreEast, metreNorth] = [1 / (111_320 * Math.cos(lat * radians)), 1 / 110_540];
  const [x, y] = [lon + ahead * Math.sin(heading * radians) * metreEast, lat + ahead * Math.cos(heading * radians) * metreNorth];
  const half = Math.max(600, 0.8 * Math.hypot(height, ahead));
  return [x - half * metreEast, Math.max(-90, y - half * metreNorth), x + half * metreEast, Math.min(90, y + half * metreNorth)];
}

function grown([west, south, east, north]) {
  const [x, y] = [Math.max(0, 0.006 - (east - west)) / 2, Math.max(0, 0.005 - (north - south)) / 2];
  return [west - x, south - y, east + x, north + y];
}

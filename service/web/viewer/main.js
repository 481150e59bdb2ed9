// The viewer: reads the address, wires the page's parts to one state, and brings the globe.

import { keepAddress, misread, readAddress } from './address.js';
import { ask } from './api.js';
import { busy, idle } from './busy.js';
import { startCard } from './card.js';
import { startDock } from './dock.js';
import { startKeys } from './keys.js';
import { startLayers, tellLayer, titleOf } from './layers.js';
import { startList } from './list.js';
import { canDraw, loadGlobe } from './loading.js';
import { dismiss, notify } from './notices.js';
import { byId, calm, longDay, say, settings, speak } from './page.js';
import { startPanels } from './panels.js';
import { startPointLook } from './point-look.js';
import { startPrinting } from './printing.js';
import { startSearch } from './search.js';
import { createSharing } from './sharing.js';
import { startSheet } from './sheet.js';
import { createState } from './state.js';
import { boxAround, createSteering, grown } from './steering.js';
import { startToolbar } from './toolbar.js';
import { createTroubles } from './troubles.js';
import '../pages/pages.js'; // the header's menus

const FLIGHT = 2.2;
const GROUND = ['terrain', 'imagery'];
const [asked, strange] = [readAddress(location.search), misread(location.search)];
const layers = settings.layers.map(({ id }) => id);
const usual = Object.fromEntries(settings.layers.map(({ id, on }) => [id, on]));
const state = createState({
  day: settings.today, against: null, swipe: 0.5, code: null, camera: null, ...usual, strength: {}, under: false, map: 1,
  top: null, side: null, water: null, look: 'own', size: 3, span: null, measured: { what: 'distance', points: [] }, panel: null, ...asked,
});
const beginning = asked.camera ?? settings.start ?? settings.home;
let globe = null;
const coming = new Set(); // the layers whose day is loading
const first = { flown: false, whole: false }; // the first view: whether the eye is there, and whether all of it is drawn
let turning = false; // whether what loads is loaded for another day
let where = null; // the box the list is about while there is no globe
let tool = null; // what takes the clicks and Enter of the scene in place of picking

const view = {
  bbox: () => globe?.camera.bbox() ?? where ?? boxAround(beginning),
  picked: (code, day) => globe?.known(code, day),
  placeOf: (it) => it?.bbox ?? (it?.centroid && [...it.centroid, ...it.centroid]),
  goTo: (it) => go(Array.isArray(it) ? it : view.placeOf(it)),
  toData: () => settings.extent && go(settings.extent),
  retry: (id) => troubles.retry(id),
  globe: () => globe,
  before: () => dock.before(),
  /** Gives the scene's clicks and keys to a tool, or back to picking. */
  take: (taken) => { tool = taken; },
  onDraw: null,
  /** Resolves once the first view is there. */
  standing: new Promise((resolve) => { first.stands = resolve; }),
};

keepAddress(state);
const steering = createSteering(state, () => globe, asked.camera);
const troubles = createTroubles(state, () => globe, openList, arrived);
const dock = startDock(state, view);
const card = startCard(state, view);
const list = startList(state, view, { onClose: () => byId('scene').focus() });
const TOOLS = { layers: () => ({}), measure: () => import('./tools/measure.js'), cut: () => import('./tools/cut.js'), compare: () => import('./tools/compare.js') };
const panels = startPanels(state, async (name) => (await TOOLS[name]()).start?.(state, view));
startLayers(state, view);
const pointLook = startPointLook(state, view);
startSheet();
startPrinting(() => globe);
startSearch(choose);
const sharing = createSharing(state, () => globe);
startToolbar({
  in: () => steering.steer((camera) => camera.zoom(1)), out: () => steering.steer((camera) => camera.zoom(-1)), north: steering.north,
  home: goHome, under: toUnder, list: toggleList, keys: () => byId('keys').showModal(), ...sharing,
}, panels.close);
startKeys({
  move: (x, y) => steering.steer((camera) => camera.move(x, y)), zoom: (by) => steering.steer((camera) => camera.zoom(by)),
  turn: (by) => steering.steer((camera) => camera.orbit(by, 0)), tilt: (by) => steering.steer((camera) => camera.orbit(0, by)),
  north: steering.north, home: goHome, under: toUnder, pick: () => globe && (tool ? tool.centre() : pick(globe.pickCentre())),
  undo: () => tool?.undo(), jump: (which) => dock.jump(which), help: () => byId('keys').showModal(),
  panel: panels.byKey, list: toggleList, picture: sharing.picture, close: () => panels.close() || card.close(),
});
state.on('code', ({ code }) => globe?.pick(code));
state.on('day', ({ day }) => { turning = true; globe?.show(day); });
state.on('against', () => { panels.loaded('compare'); compare(); });
state.on('swipe', ({ swipe }) => globe?.setSwipe(swipe));
state.on(`${layers.join(' ')} map`, (shown) => { globe?.setVisible(wanted()); forgetHidden(shown); });
state.on('strength', ({ strength }) => globe?.setStrength(strength));
state.on('under', showUnder);
state.on('top side', ({ top, side }) => globe?.setCut(top, side));
state.on('water', ({ water }) => globe?.setWater(water));
if (state.against) panels.loaded('compare');
if (strange.length) notify('link', say('viewer.trouble.link', { parts: strange.join(say('viewer.compare.and')) }));
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
    ready: () => showGlobe(), settled, trouble: troubles.hear,
    moving: steering.show, moved: () => { steering.show(); steering.keep(); dock.look(); },
    pointed: steering.show, picked: pick, clicked: (x, y) => tool?.click(x, y), drawn: () => view.onDraw?.(),
    loading, shown: arrivedWith, changeDays,
  });
  globe.camera.set(asked.camera ?? { ...settings.home, heading: 0, pitch: -90 });
  globe.setStrength(state.strength);
  pointLook.dress();
  globe.setVisible(wanted());
  globe.setUnder(state.under);
  globe.pick(state.code);
  globe.setCut(state.top, state.side);
  globe.setWater(state.water);
  globe.show(state.day);
  compare();
}

/** The first complete frame: the globe takes the still picture's place, then flies to where it begins. */
async function showGlobe() {
  byId('stage').classList.add('has-globe');
  if (!asked.camera && settings.start) {
    busy('flight');
    await globe.camera.fly(settings.start, calm() ? 0 : FLIGHT);
    idle('flight');
  }
  steering.begin();
  first.flown = true;
  globe.setVisible(wanted()); // one frame more, which tells whether all of it is drawn
}

/** What is to be seen now. Ground and photos come once the first view stands: the city is what one comes for. */
const wanted = () => (first.whole ? state : { ...state, ...Object.fromEntries(settings.layers.filter(({ kind }) => GROUND.includes(kind)).map(({ id }) => [id, false])) });

function settled(whole) {
  if (whole && first.flown && !first.whole) {
    first.whole = true;
    first.stands();
    globe.setVisible(wanted());
  }
  if (whole) idle('scene');
  else busy('scene', byId('stage').classList.contains('has-globe') ? say('viewer.loading.tiles') : say('viewer.loading.globe'));
}

function loading(day, id) {
  coming.add(id);
  troubles.begun(id);
  tellLayer(id, 'loading');
  busy('day', globe && (turning ? say('viewer.time.loading', { day: longDay(day) }) : say('viewer.loading.layer', { layer: titleOf(id.split(' ')[0]) })));
}

/** A layer has come, or has failed: either way nobody waits for it any more. */
function arrived(id) {
  coming.delete(id);
  if (coming.size) return;
  turning = false;
  idle('day');
}

function arrivedWith(day, id) {
  troubles.well(id);
  if (!coming.has(id)) return;
  const turned = turning;
  arrived(id);
  if (turned && !coming.size) speak(say('viewer.time.shown', { day: longDay(day) }));
}

/** Nobody waits for what is hidden, nor for the left of the swipe (`… before`) once there is none. */
function forgetHidden(shown) {
  for (const id of [...coming]) {
    const [layer, before] = id.split(' ');
    if (shown[layer] !== false && (shown.against || !before)) continue;
    troubles.well(id);
    arrived(id);
  }
}

/** Every day on which anything of a layer changed, oldest first; none where nobody answers. Asked once. */
const everyChange = new Map();
function changeDays({ id, timeline }) {
  if (!everyChange.has(id)) everyChange.set(id, ask(timeline).then(({ days }) => days.map(({ day }) => day), () => []));
  return everyChange.get(id);
}

function compare() {
  globe?.setSwipe(state.swipe);
  globe?.compare(state.against, wanted());
  forgetHidden(state);
}

function pick(found) {
  if (!found) speak(say('viewer.card.nothing'));
  else if (!found.code) speak(say('viewer.says.block', { n: found.count }));
  state.set({ code: found?.code ?? null });
  if (found?.code) speak(say('viewer.says.picked', { name: card.name(), code: found.code }));
}

/** Looks under the ground from 45°, where pipes and the like are then shown; or comes back up. */
function toUnder() {
  state.set({ under: !state.under });
  if (state.under) steering.slant();
}

function showUnder({ under }) {
  byId('tool-under').setAttribute('aria-pressed', under ? 'true' : 'false');
  globe?.setUnder(under);
  steering.show();
  if (under) state.set(Object.fromEntries(settings.layers.filter((layer) => layer.under).map(({ id }) => [id, true])));
  speak(say(under ? 'viewer.says.under' : 'viewer.says.above'));
}

function goHome() {
  state.set({ under: false });
  steering.home();
}

function go(box) {
  if (!box) return;
  where = grown(box);
  if (globe) steering.fly(box);
  else dock.look();
  list.refresh();
}

function choose(match) {
  go(view.placeOf(match));
  // What is found is shown, also where its layer was not.
  if (match.kind === 'entity') state.set({ code: match.code, ...(layers.includes(match.layer) && { [match.layer]: true }) });
  if (globe && !list.isOpen()) byId('scene').focus({ preventScroll: true });
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

function toggleList() {
  if (list.isOpen()) list.open(false);
  else openList();
}

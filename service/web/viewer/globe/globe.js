// The globe: the only part of the pages that knows the engine. Loaded after the page stands; see `viewer/loading.js`.

import { buildModuleUrl, Cartesian2, ScreenSpaceEventHandler, ScreenSpaceEventType, SplitDirection } from '@cesium/engine';
import { BaseMap } from './base-map.js';
import { createCamera } from './camera.js';
import { createScene, pictureOf } from './canvas.js';
import { createCuts } from './cut.js';
import { FlatGround } from './ground.js';
import { createEdges, Look, readColours } from './look.js';
import { PhotoLayer } from './photos.js';
import { createPlaces } from './places.js';
import { TerrainLayer } from './terrain.js';
import { pickedOf, TileLayer } from './tile-layer.js';
import { createVeil } from './veil.js';
import { createWater } from './water.js';

const GLASS = 0.25; // how opaque the ground is when it is looked through
const OTHERS = { terrain: TerrainLayer, imagery: PhotoLayer };

/**
 * Makes the globe in `host`. `on` hears: `ready`, `moved`, `pointed(place)`, `picked(properties or null)`, `clicked(x, y)`
 * (true where a tool takes the click), `drawn` after each frame, `settled(whether everything is loaded)`,
 * `loading(day, layer)`, `shown(day, layer)`, `trouble(kind, day, layer)`; it asks `changeDays(layer)`.
 */
export function createGlobe(host, settings, on) {
  buildModuleUrl.setBaseUrl(settings.cesium);
  let colours = readColours();
  const { scene, canvas, stop } = createScene(host, {
    background: colours.sky.toCssColorString(),
    failed: () => on.trouble('render'),
    lost: () => { stop(); on.trouble('lost'); },
  });
  const flat = new FlatGround(settings.ground);
  scene.terrainProvider = flat;
  const veil = createVeil(scene);
  scene.postProcessStages.add(createEdges());
  const camera = createCamera(scene, settings.ground);
  const looks = new Map(settings.layers.map(({ id, kind, group }) => [id, new Look({ below: 'thin', ground: 'lying' }[group] ?? kind, colours.dim, settings.ground)]));
  const make = (heard) => [
    new BaseMap(scene, settings, heard),
    ...settings.layers.map((about) => new (OTHERS[about.kind] ?? TileLayer)(scene, about, { today: settings.today, look: looks.get(about.id), colours, flat, veil, on: heard })),
  ];
  const layers = make(on);
  const earlier = createEarlier(make, on);
  const every = () => [...layers, ...earlier.layers];
  const water = createWater(scene, camera);
  const cuts = createCuts(scene, [...looks.values()], settings.ground, camera.middle, water.cut);
  const above = (height1985) => height1985 - settings.ground1985;

  const dress = () => {
    colours = readColours();
    scene.backgroundColor = colours.sky;
    scene.globe.baseColor = colours.ground;
    // What is thin would be lost under dark glass if it were dimmed too: it is lightened as much.
    for (const look of looks.values()) look.set('u_dim', look.kind === 'thin' ? 1 / colours.dim : colours.dim);
    for (const layer of every()) layer.repaint(colours);
  };
  dress();
  new MutationObserver(dress).observe(document.documentElement, { attributeFilter: ['data-theme'] });
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', dress);

  // What is picked must be what is shown: a day that was chosen and not drawn yet is drawn first.
  let stale = false;
  let open = false; // whether a cut lays anything open
  scene.postRender.addEventListener(() => { stale = false; });
  const pickAt = (x, y) => {
    if (stale) scene.render();
    return pickedOf(scene.pick(new Cartesian2(x, y), 5, 5));
  };
  listen(scene, canvas, camera, on, pickAt);
  scene.camera.moveEnd.addEventListener(() => { cuts.moved(); water.moved(); });
  watchLoading(scene, layers[0], every, on);

  return {
    camera,
    ...createPlaces(scene, camera, settings, () => every().filter(({ look }) => look?.flat).flatMap((layer) => layer.tilesets)),
    show: (day) => { stale = true; layers.forEach((layer) => layer.show(day)); },
    retry: (id) => every().forEach((layer) => layer.about.id === id && layer.retry()),
    pick: (code) => every().forEach((layer) => layer.pick(code)),
    setVisible: (shown) => every().forEach((layer) => layer.setVisible(shown[layer.about.id])),
    setStrength: (strength) => setStrength(looks, every(), strength),
    setPoints: (look, size, ranges) => paintPoints(looks, every(), look, size, ranges),
    known: (code, day) => layers.map((layer) => layer.known(code, day)).find(Boolean) ?? null,
    setUnder: (under) => lookUnder(scene, under),
    compare: (day, shown) => {
      for (const layer of layers) layer.setSplit?.(day ? SplitDirection.RIGHT : SplitDirection.NONE);
      earlier.show(day, shown);
      for (const layer of earlier.layers) layer.setOpen?.(open);
    },
    setSwipe: (at) => { scene.splitPosition = at; scene.requestRender(); },
    setCut: (top, side) => {
      open = top !== null || Boolean(side);
      for (const layer of every()) layer.setOpen?.(open);
      cuts.set(top === null ? null : above(top), side);
    },
    setWater: (height) => water.set(height === null ? null : above(height) + settings.ground),
    picture: () => pictureOf(scene),
    pickCentre: () => pickAt(canvas.clientWidth / 2, canvas.clientHeight / 2),
    destroy: () => { stop(); scene.destroy(); canvas.remove(); },
  };
}

/** The layers once more (but for the ground itself), on the left of the swipe, at another day; made when they are first wanted. */
function createEarlier(make, on) {
  const made = { layers: [] };
  const quiet = { ...on, loading: (day, id) => on.loading(day, `${id} before`), shown: (day, id) => on.shown(day, `${id} before`) };
  quiet.trouble = (kind, day, id) => { on.shown(day, `${id} before`); if (kind !== 'notiles') on.trouble(kind, day, id); };
  made.show = (day, shown) => {
    if (day && !made.layers.length) made.layers = make(quiet).filter(({ about }) => about.kind !== 'terrain');
    for (const layer of made.layers) {
      if (!day) { layer.destroy(); continue; }
      layer.setSplit(SplitDirection.LEFT);
      layer.setStrength?.(shown.strength[layer.about.id] ?? 1);
      layer.setVisible(shown[layer.about.id]);
      layer.show(day);
    }
    if (!day) made.layers = [];
  };
  return made;
}

function setStrength(looks, layers, strength) {
  for (const [id, look] of looks) look.setStrength(strength[id] ?? 1);
  for (const layer of layers) {
    layer.setStrength?.(strength[layer.about.id] ?? 1);
    layer.dress?.();
  }
}

/** Colours and sizes the points of clouds; `ranges` has the lowest and highest value of what they are coloured by. */
function paintPoints(looks, layers, points, size, [low, high]) {
  for (const look of looks.values()) {
    if (look.kind !== 'points') continue;
    if (look.points !== points) look.paint(points);
    for (const [name, value] of [['u_size', size], ['u_low', low], ['u_high', high]]) look.set(name, value);
  }
  for (const layer of layers) if (layer.about.kind === 'points') layer.dress();
}

function listen(scene, canvas, camera, on, pickAt) {
  const hands = new ScreenSpaceEventHandler(canvas);
  hands.setInputAction(({ position }) => {
    if (!on.clicked(position.x, position.y)) on.picked(pickAt(position.x, position.y));
  }, ScreenSpaceEventType.LEFT_CLICK);
  hands.setInputAction(({ endPosition }) => {
    const point = camera.groundAt(endPosition.x, endPosition.y);
    if (point) on.pointed(camera.degrees(point));
  }, ScreenSpaceEventType.MOUSE_MOVE);
  scene.camera.percentageChanged = 0.01;
  scene.camera.changed.addEventListener(() => on.moving());
  scene.camera.moveEnd.addEventListener(() => on.moved());
  scene.postRender.addEventListener(() => on.drawn());
}

/** Makes the ground a pane of glass to look and go through, or solid again. */
function lookUnder(scene, under) {
  Object.assign(scene.globe.translucency, { enabled: under, frontFaceAlpha: GLASS, backFaceAlpha: GLASS });
  scene.screenSpaceCameraController.enableCollisionDetection = !under;
  scene.requestRender();
}

/** Tells when ground, base map and layers are all there, and when the ground first was. */
function watchLoading(scene, base, layers, on) {
  let asked = false;
  let ready = false;
  let warm = false;
  scene.globe.tileLoadProgressEvent.addEventListener((waiting) => { if (waiting > 0) asked = true; });
  scene.postRender.addEventListener(() => {
    const ground = asked && scene.globe.tilesLoaded && base.loaded;
    if (ground && !ready) {
      ready = true;
      on.ready();
    }
    const whole = ground && layers().every((layer) => layer.loaded);
    on.settled(whole);
    if (whole && layers().some((layer) => layer.current) && !warm) {
      warm = true;
      // The first pick compiles shaders; better now than when a person waits for it.
      setTimeout(() => scene.pick(new Cartesian2(1, 1)), 0);
    }
  });
}

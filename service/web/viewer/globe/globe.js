// The globe: the only part of the pages that knows the engine. Loaded after the page stands; see `viewer/loading.js`.

import { buildModuleUrl, Cartesian2, Cesium3DTileFeature, ScreenSpaceEventHandler, ScreenSpaceEventType } from '@cesium/engine';
import { BaseMap } from './base-map.js';
import { createCamera } from './camera.js';
import { createScene } from './canvas.js';
import { FlatGround } from './ground.js';
import { createEdges, createShader, readColours } from './look.js';
import { propertiesOf, TileLayer } from './tile-layer.js';

const GLASS = 0.25; // how opaque the ground is when it is looked through

/**
 * Makes the globe in `host`. `on` hears: `ready`, `moved`, `pointed(place)`, `picked(properties or null)`,
 * `settled(whether everything is loaded)`, `loading(day, layer)`, `shown(day, layer)`, `trouble(kind, day)`; it asks
 * `changeDays(layer)`.
 */
export function createGlobe(host, settings, on) {
  buildModuleUrl.setBaseUrl(settings.cesium);
  let colours = readColours();
  const { scene, canvas, stop } = createScene(host, {
    background: colours.sky.toCssColorString(),
    failed: () => on.trouble('render'),
    lost: () => { stop(); on.trouble('lost'); },
  });
  scene.terrainProvider = new FlatGround(settings.ground);
  scene.postProcessStages.add(createEdges());
  const base = new BaseMap(scene, settings, on);
  const camera = createCamera(scene, settings.ground);
  const shader = createShader(colours.dim, settings.ground);
  const layers = settings.layers.map((about) => new TileLayer(scene, about, { today: settings.today, shader, colours, on }));

  const dress = () => {
    colours = readColours();
    scene.backgroundColor = colours.sky;
    scene.globe.baseColor = colours.ground;
    base.setFilter(colours.mapFilter);
    shader.setUniform('u_dim', colours.dim);
    for (const layer of layers) layer.repaint(colours);
  };
  dress();
  new MutationObserver(dress).observe(document.documentElement, { attributeFilter: ['data-theme'] });
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', dress);

  const pickAt = (x, y) => {
    const found = scene.pick(new Cartesian2(x, y), 5, 5);
    return found instanceof Cesium3DTileFeature ? propertiesOf(found) : null;
  };
  listen(scene, canvas, camera, on, pickAt);
  watchLoading(scene, layers, on);

  return {
    camera, base,
    show: (day) => layers.forEach((layer) => layer.show(day)),
    pick: (code) => layers.forEach((layer) => layer.pick(code)),
    setVisible: (shown) => layers.forEach((layer) => layer.setVisible(shown[layer.about.id])),
    known: (code, day) => layers.map((layer) => layer.known(code, day)).find(Boolean) ?? null,
    setUnder: (under) => lookUnder(scene, under),
    pickCentre: () => pickAt(canvas.clientWidth / 2, canvas.clientHeight / 2),
    destroy: () => { stop(); scene.destroy(); canvas.remove(); },
  };
}

function listen(scene, canvas, camera, on, pickAt) {
  const hands = new ScreenSpaceEventHandler(canvas);
  hands.setInputAction(({ position }) => on.picked(pickAt(position.x, position.y)), ScreenSpaceEventType.LEFT_CLICK);
  hands.setInputAction(({ endPosition }) => {
    const point = camera.groundAt(endPosition.x, endPosition.y);
    if (point) on.pointed(camera.degrees(point));
  }, ScreenSpaceEventType.MOUSE_MOVE);
  scene.camera.percentageChanged = 0.01;
  scene.camera.changed.addEventListener(() => on.moving());
  scene.camera.moveEnd.addEventListener(() => on.moved());
}

/** Makes the ground a pane of glass to look and go through, or solid again. */
function lookUnder(scene, under) {
  Object.assign(scene.globe.translucency, { enabled: under, frontFaceAlpha: GLASS, backFaceAlpha: GLASS });
  scene.screenSpaceCameraController.enableCollisionDetection = !under;
  scene.requestRender();
}

/** Tells when ground, base map and layers are all there, and when the ground first was. */
function watchLoading(scene, layers, on) {
  let asked = false;
  let ready = false;
  let warm = false;
  scene.globe.tileLoadProgressEvent.addEventListener((waiting) => { if (waiting > 0) asked = true; });
  scene.postRender.addEventListener(() => {
    const ground = asked && scene.globe.tilesLoaded;
    if (ground && !ready) {
      ready = true;
      on.ready();
    }
    const whole = ground && layers.every((layer) => layer.loaded);
    on.settled(whole);
    if (whole && layers.some((layer) => layer.current) && !warm) {
      warm = true;
      // The first pick compiles shaders; better now than when a person waits for it.
      setTimeout(() => scene.pick(new Cartesian2(1, 1)), 0);
    }
  });
}

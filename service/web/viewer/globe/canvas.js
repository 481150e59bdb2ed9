// The engine's scene on a canvas of ours: its size, its frames, and its end. The engine's own widgets are left out: they
// bring a hundred kilobytes of data sources, error panels and credits that this viewer does not use.

import { Cartesian3, Color, Credit, CreditDisplay, Globe, Scene } from '@cesium/engine';
import { createRelief } from './relief.js';

// The page names its sources itself; the engine's own credit would fetch a logo.
CreditDisplay.cesiumCredit = new Credit('CesiumJS');

/** Makes the scene in `host`; `failed(error)` hears of an error in a frame, after which no more are drawn. */
export function createScene(host, { background, failed, lost }) {
  const canvas = document.createElement('canvas');
  canvas.addEventListener('contextmenu', (event) => event.preventDefault());
  canvas.addEventListener('webglcontextlost', (event) => { event.preventDefault(); lost(); });
  host.append(canvas);
  const scene = new Scene({
    canvas,
    creditContainer: document.createElement('div'),
    creditViewport: document.createElement('div'),
    scene3DOnly: true,
    requestRenderMode: true,
    maximumRenderTimeChange: Infinity,
    orderIndependentTranslucency: false,
    msaaSamples: 1,
    contextOptions: { webgl: { alpha: false, powerPreference: 'high-performance' } },
  });
  scene.camera.constrainedAxis = Cartesian3.UNIT_Z;
  scene.globe = new Globe();
  if (!drawnBySoftware(canvas)) scene.msaaSamples = 4;
  plain(scene, background);
  const loop = drawFrames(scene, canvas);
  scene.renderError.addEventListener((_, error) => {
    loop.stop();
    if (!canvas.getContext('webgl2').isContextLost()) failed(error);
  });
  return { scene, canvas, stop: loop.stop };
}

/** The scene as it is now on a canvas of its own: what was drawn can be read right after it was drawn, and never later. */
export function pictureOf(scene) {
  const { canvas } = scene;
  scene.requestRender();
  scene.render();
  const picture = document.createElement('canvas');
  Object.assign(picture, { className: 'veil', width: canvas.width, height: canvas.height });
  picture.setAttribute('aria-hidden', 'true');
  picture.getContext('2d').drawImage(canvas, 0, 0);
  return picture;
}

/** Whether the processor draws in place of a graphics card: smooth edges would then cost half the time of a frame. */
function drawnBySoftware(canvas) {
  const context = canvas.getContext('webgl2');
  const names = context.getExtension('WEBGL_debug_renderer_info');
  return Boolean(names) && /swiftshader|llvmpipe|software|basic render/i.test(context.getParameter(names.UNMASKED_RENDERER_WEBGL));
}

/** No sky, no haze, no moving sun: a map, readable at any hour. */
function plain(scene, background) {
  const { globe } = scene;
  globe.showGroundAtmosphere = false;
  globe.enableLighting = false;
  globe.material = createRelief(); // shown where the ground has slopes
  globe.depthTestAgainstTerrain = true;
  globe.showWaterEffect = false;
  globe.maximumScreenSpaceError = 4; // the paper map has no detail to lose, and half the tiles are enough
  scene.fog.enabled = false;
  scene.highDynamicRange = false;
  scene.backgroundColor = Color.fromCssColorString(background);
  scene.postProcessStages.fxaa.enabled = false;
}

function drawFrames(scene, canvas) {
  let running = true;
  let size = '';
  const fit = () => {
    const { clientWidth: width, clientHeight: height } = canvas;
    const ratio = Math.min(devicePixelRatio, 2);
    const now = `${width} ${height} ${ratio}`;
    if (now === size || !width || !height) return;
    size = now;
    [canvas.width, canvas.height] = [Math.round(width * ratio), Math.round(height * ratio)];
    scene.pixelRatio = ratio;
    scene.camera.frustum.aspectRatio = width / height;
    scene.requestRender();
  };
  const frame = () => {
    if (!running) return;
    fit();
    scene.initializeFrame();
    scene.render();
    requestAnimationFrame(frame);
  };
  fit();
  requestAnimationFrame(frame);
  return { stop() { running = false; } };
}

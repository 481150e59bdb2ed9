// What runs in the page of a client that uses CesiumJS bare: looks at a tileset, a terrain or imagery, and picks.

import {
  buildModuleUrl, Cartesian2, Cartesian3, Cartographic, Cesium3DTileColorBlendMode, Cesium3DTileFeature, Cesium3DTileset, Cesium3DTileStyle, CesiumTerrainProvider, CesiumWidget, Color, EllipsoidTerrainProvider,
  HeadingPitchRange, ImageryLayer, Rectangle, sampleTerrainMostDetailed, UrlTemplateImageryProvider, WebMercatorTilingScheme,
} from '@cesium/engine';

const PATIENCE = 60_000;
buildModuleUrl.setBaseUrl(`${location.origin}/`);
const host = document.createElement('div');
host.style.cssText = 'width:480px;height:320px';
document.body.append(host);
const widget = new CesiumWidget(host, {
  baseLayer: false, skyBox: false, skyAtmosphere: false, terrainProvider: new EllipsoidTerrainProvider(), useDefaultRenderLoop: false,
});
const { scene, camera } = widget;
// Its style sheet is not loaded, which makes the canvas as large as its host.
Object.assign(scene.canvas.style, { width: '480px', height: '320px', display: 'block' });
widget.resize();
scene.backgroundColor = Color.fromCssColorString('#dfe8ea');
scene.globe.baseColor = Color.fromCssColorString('#b8c4b8');

/** Draws until `done` holds for some frames on end. */
async function until(done) {
  const began = performance.now();
  for (let quiet = 0; quiet < 8 && performance.now() - began < PATIENCE;) {
    widget.render();
    quiet = done() ? quiet + 1 : 0;
    await new Promise(requestAnimationFrame);
  }
}

/** The code of what was picked: its own, or that of the nearest tile above it that has one, as holdings do. */
function codeOf(thing) {
  const own = thing instanceof Cesium3DTileFeature ? thing.getProperty('code') : undefined;
  if (own !== undefined) return own;
  for (let tile = (thing?.content ?? thing?._content)?.tile; tile; tile = tile.parent) {
    const code = tile.metadata?.getProperty('code');
    if (code !== undefined) return code;
  }
  return null;
}

/** What is picked straight from above at each place: its code, or null. */
async function picked(places, loaded) {
  const found = {};
  for (const [name, [lon, lat, height]] of Object.entries(places)) {
    camera.setView({ destination: Cartesian3.fromDegrees(lon, lat, height + 60), orientation: { pitch: -Math.PI / 2 } });
    await until(loaded);
    found[name] = codeOf(scene.pick(new Cartesian2(scene.canvas.clientWidth / 2, scene.canvas.clientHeight / 2), 3, 3));
  }
  return found;
}

/** Loads a tileset whole; `style` is a style of it (`byPoint`: of what each of its points says), `places` are `{name: [lon, lat, height]}` at which it is picked. */
async function tiles({ url, style, byPoint = false, places = {}, range = 1.2, pitch = -0.7 }) {
  const seen = { failed: [], tiles: 0, points: 0, features: 0 };
  const tileset = await Cesium3DTileset.fromUrl(url, { maximumScreenSpaceError: 4, environmentMapOptions: { enabled: false } });
  tileset.tileFailed.addEventListener(({ url: failed, message }) => seen.failed.push(`${failed}: ${message}`));
  tileset.tileLoad.addEventListener(({ content }) => {
    seen.tiles += 1;
    seen.points += content.pointsLength;
    seen.features += content.featuresLength;
  });
  if (style) tileset.style = new Cesium3DTileStyle(style);
  // A style of points is asked once for each tile too, with nothing known of any point: that colour is to be left out.
  if (byPoint) Object.assign(tileset, { colorBlendMode: Cesium3DTileColorBlendMode.MIX, colorBlendAmount: 0 });
  scene.primitives.add(tileset);
  scene.globe.show = false;
  seen.picked = await picked(places, () => tileset.tilesLoaded);
  camera.viewBoundingSphere(tileset.boundingSphere, new HeadingPitchRange(0, pitch, tileset.boundingSphere.radius * range));
  await until(() => tileset.tilesLoaded);
  return [seen, () => scene.primitives.remove(tileset)];
}

async function terrain({ url, places }) {
  const seen = { failed: [], tiles: 0 };
  const provider = await CesiumTerrainProvider.fromUrl(url, { requestVertexNormals: true, requestWaterMask: true });
  provider.errorEvent.addEventListener(({ message }) => seen.failed.push(message));
  const [west, south, east, north] = provider.availability ? box(places) : [-1, -1, 1, 1];
  scene.globe.show = true;
  scene.terrainProvider = provider;
  camera.setView({ destination: Rectangle.fromDegrees(west, south, east, north) });
  await until(() => scene.globe.tilesLoaded);
  const asked = places.map(([lon, lat]) => Cartographic.fromDegrees(lon, lat));
  seen.heights = (await sampleTerrainMostDetailed(provider, asked)).map(({ height }) => height ?? null);
  return [seen, () => { scene.terrainProvider = new EllipsoidTerrainProvider(); }];
}

function box(places) {
  const [lons, lats] = [places.map(([lon]) => lon), places.map(([, lat]) => lat)];
  return [Math.min(...lons) - 0.002, Math.min(...lats) - 0.002, Math.max(...lons) + 0.002, Math.max(...lats) + 0.002];
}

async function imagery({ url, bounds, maxzoom }) {
  const seen = { failed: [], tiles: 0 };
  const provider = new UrlTemplateImageryProvider({
    url, maximumLevel: maxzoom, tilingScheme: new WebMercatorTilingScheme(), rectangle: Rectangle.fromDegrees(...bounds),
  });
  provider.errorEvent.addEventListener(({ message }) => seen.failed.push(message));
  const layer = scene.imageryLayers.add(new ImageryLayer(provider));
  scene.globe.show = true;
  camera.setView({ destination: Rectangle.fromDegrees(...bounds) });
  await until(() => scene.globe.tilesLoaded);
  return [seen, () => scene.imageryLayers.remove(layer)];
}

let leave = () => {};

window.look = async (thing) => {
  leave();
  const [seen, away] = await { tiles, terrain, imagery }[thing.kind ?? 'tiles'](thing);
  leave = away;
  widget.render();
  return seen;
};

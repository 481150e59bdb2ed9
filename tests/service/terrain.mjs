// Our terrain as CesiumJS reads it, without a browser: the height at each place, as one line of JSON.
//
//   node tests/service/terrain.mjs TERRAIN-URL PLACES
//
// PLACES are [lon, lat] as JSON. Of each: the level of the finest tile, its height there, its normals, its water mask.

import { Cartographic, CesiumTerrainProvider } from '@cesium/engine';

const [url, places] = process.argv.slice(2);
const provider = await CesiumTerrainProvider.fromUrl(url, { requestVertexNormals: true, requestWaterMask: true });
const failed = [];
provider.errorEvent.addEventListener((error) => failed.push(error.message));
const seen = [];
for (const [lon, lat] of JSON.parse(places)) {
  const at = Cartographic.fromDegrees(lon, lat);
  const level = provider.availability.computeMaximumLevelAtPosition(at);
  const { x, y } = provider.tilingScheme.positionToTileXY(at, level);
  const data = await provider.requestTileGeometry(x, y, level);
  const rectangle = provider.tilingScheme.tileXYToRectangle(x, y, level);
  seen.push({
    level,
    height: data.interpolateHeight(rectangle, at.longitude, at.latitude),
    normals: data._encodedNormals.length / 2 === data._quantizedVertices.length / 3,
    water: data.waterMask.length,
  });
}
console.log(JSON.stringify({ failed, seen }));

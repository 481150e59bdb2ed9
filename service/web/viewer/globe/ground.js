// Flat ground at one height above the ellipsoid, at the cost of the engine's plain ellipsoid.
//
// A heightmap of zeros with an offset: no array is made for a tile, as a callback provider would need, and the
// engine's own heightmap worker meshes it.

import { Ellipsoid, Event, GeographicTilingScheme, HeightmapTerrainData, TerrainProvider } from '@cesium/engine';

const SIDE = 16;
const ZEROS = new Uint8Array(SIDE * SIDE);

/** A terrain provider whose ground is everywhere `height` metres above the ellipsoid. */
export class FlatGround {
  constructor(height) {
    this.height = height;
    this.flat = true;
    this.errorEvent = new Event();
    this.tilingScheme = new GeographicTilingScheme();
    this.credit = undefined;
    this.availability = undefined;
    this.hasWaterMask = false;
    this.hasVertexNormals = false;
    this.coarsest = TerrainProvider.getEstimatedLevelZeroGeometricErrorForAHeightmap(Ellipsoid.WGS84, 64, 2);
  }

  requestTileGeometry() {
    const structure = { heightScale: 1, heightOffset: this.height };
    return Promise.resolve(new HeightmapTerrainData({ buffer: ZEROS, width: SIDE, height: SIDE, structure }));
  }

  getLevelMaximumGeometricError(level) {
    return this.coarsest / 2 ** level;
  }

  getTileDataAvailable() {
    return undefined;
  }

  loadTileDataAvailability() {
    return undefined;
  }
}

/** The ellipsoid through the ground, to find where a ray meets it. */
export function groundEllipsoid(height) {
  const { x, y, z } = Ellipsoid.WGS84.radii;
  return new Ellipsoid(x + height, y + height, z + height);
}

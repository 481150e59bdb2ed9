// Between points of the screen and places of the world: degrees, and metres in the 1985 datum.

import { Cartesian2, Cartesian3, Cartographic, Math as Angles, sampleTerrainMostDetailed, SceneTransforms } from '@cesium/engine';

const STRIDE = 6;

/**
 * Makes what finds places: `pointAt(x, y)`, `pointAtCentre()`, `project(places)`, `groundHeights(places)`, `topHeights(places)`.
 * `flat()` has the tilesets that no surface stands in: what lies on the ground and under it, drawn nearer or thicker to the eye.
 */
export function createPlaces(scene, camera, { ground, ground1985 }, flat) {
  const lift = ground - ground1985;
  const { canvas } = scene;

  /** The middle of the pixel at a point of the screen: a depth is that of its pixel's middle, and half a pixel is decimetres far off. */
  const middleOf = (at) => (Math.floor(at * scene.pixelRatio) + 0.5) / scene.pixelRatio;
  /** What is seen at a point of the screen: a surface, or the ground; null in the sky. */
  const pointAt = (x, y) => {
    const point = scene.pickPosition(new Cartesian2(middleOf(x), middleOf(y))) ?? camera.groundAt(x, y);
    if (!point) return null;
    const { longitude, latitude, height } = Cartographic.fromCartesian(point);
    return { lon: Angles.toDegrees(longitude), lat: Angles.toDegrees(latitude), height: height - lift };
  };
  const project = (places) => places.map(({ lon, lat, height }) => {
    const seen = SceneTransforms.worldToWindowCoordinates(scene, Cartesian3.fromDegrees(lon, lat, height + lift));
    return seen ? [seen.x, seen.y] : null;
  });

  /** The ground's heights: of the terrain's finest tiles, or everywhere that of the flat ground; null where there are none. */
  const groundHeights = async (places) => {
    if (scene.terrainProvider.flat) return places.map(() => ground1985);
    const spots = places.map(({ lon, lat }) => Cartographic.fromDegrees(lon, lat));
    await sampleTerrainMostDetailed(scene.terrainProvider, spots, false);
    return spots.map(({ height }) => (height === undefined ? null : height - lift));
  };
  const topAt = ({ lon, lat }) => {
    const height = scene.sampleHeight(Cartographic.fromDegrees(lon, lat), flat());
    return height === undefined ? null : height - lift;
  };
  /**
   * The highest surface drawn over each place: roofs, trees, points; null where none is drawn. Each costs a small picture of
   * its own: they are taken evenly spread and a few between two frames, and after `patience` the rest stays unknown.
   */
  const topHeights = async (places, patience = 3000) => {
    const found = places.map(() => null);
    const since = performance.now();
    let frame = since;
    for (let first = 0; scene.sampleHeightSupported && first < STRIDE; first++) {
      for (let i = first; i < places.length && performance.now() - since < patience; i += STRIDE) {
        found[i] = topAt(places[i]);
        if (performance.now() - frame > 40) frame = await new Promise(requestAnimationFrame);
      }
    }
    return found;
  };
  return { pointAt, project, groundHeights, topHeights, pointAtCentre: () => pointAt(canvas.clientWidth / 2, canvas.clientHeight / 2) };
}

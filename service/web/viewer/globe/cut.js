// Cuts through the scene: all above a height, all before an upright plane; in tiles by their shaders, in the ground by planes.

import { Cartesian3, Cartesian4, Cartographic, ClippingPlane, ClippingPlaneCollection, Color, Math as Angles, Matrix4, Transforms } from '@cesium/engine';
import { cutLooks, NO_CUT } from './look.js';

/**
 * Makes the cuts of a scene whose ground lies `ground` metres above the ellipsoid; `middle()` is the point looked at, and
 * `also(plane)` hears how the upright cut stands to the eye in each frame.
 */
export function createCuts(scene, looks, ground, middle, also) {
  let [top, side] = [null, null];
  const cutTiles = () => {
    const plane = side ? eyePlane(scene.camera.viewMatrix, side) : NO_CUT;
    cutLooks(looks, top, plane);
    also(plane);
  };
  scene.preRender.addEventListener(() => side && cutTiles());

  /** Cuts the ground too; its planes are flat, so they are laid where one looks. */
  const cutGround = () => {
    const place = side?.place ?? (top !== null && middle());
    const planes = place && [...(top === null ? [] : [new ClippingPlane(new Cartesian3(0, 0, -1), top)]), ...(side ? [new ClippingPlane(side.local, 0)] : [])];
    scene.globe.clippingPlanes = planes ? new ClippingPlaneCollection({
      planes, unionClippingRegions: true, edgeWidth: 2, edgeColor: Color.fromCssColorString('#b3261e'),
      modelMatrix: Transforms.eastNorthUpToFixedFrame(onGround(place, ground)),
    }) : undefined;
    scene.requestRender();
  };
  const set = (height, upright) => {
    top = height;
    side = upright && placed(upright, ground);
    cutTiles();
    cutGround();
  };
  return { set, moved: () => { if (top !== null && !side) cutGround(); } };
}

/** An upright plane `ahead` metres along `heading` from a place: where it stands and which way is kept. */
function placed({ lon, lat, heading, ahead }, ground) {
  const turn = Angles.toRadians(heading);
  const local = new Cartesian3(Math.sin(turn), Math.cos(turn), 0);
  const frame = Transforms.eastNorthUpToFixedFrame(Cartesian3.fromDegrees(lon, lat, ground));
  const place = Matrix4.multiplyByPoint(frame, Cartesian3.multiplyByScalar(local, ahead, new Cartesian3()), new Cartesian3());
  return { local, place, normal: Matrix4.multiplyByPointAsVector(frame, local, new Cartesian3()) };
}

/** The plane in the eye's frame, positive on the side that is cut away. */
function eyePlane(view, { place, normal }) {
  const point = Matrix4.multiplyByPoint(view, place, new Cartesian3());
  const away = Matrix4.multiplyByPointAsVector(view, normal, new Cartesian3());
  return new Cartesian4(-away.x, -away.y, -away.z, Cartesian3.dot(away, point));
}

/** The point of the flat ground under or over a place. */
function onGround(place, ground) {
  const { longitude, latitude } = Cartographic.fromCartesian(place);
  return Cartesian3.fromRadians(longitude, latitude, ground);
}

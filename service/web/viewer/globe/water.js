// A level surface of water over the region in view, through which what it covers is seen.

import { Cartesian4, Color, EllipsoidSurfaceAppearance, GeometryInstance, Material, Primitive, Rectangle, RectangleGeometry } from '@cesium/engine';

const NEAR = 0.02; // degrees: how far the surface reaches at least

// Cut by the same plane as everything else, in the eye's frame.
const SOURCE = `
czm_material czm_getMaterial(czm_materialInput materialInput) {
  if (dot(cut.xyz, -materialInput.positionToEyeEC) + cut.w > 0.0) { discard; }
  czm_material material = czm_getDefaultMaterial(materialInput);
  material.diffuse = color.rgb;
  material.alpha = color.a;
  return material;
}`;

/** Makes the water of a scene; `camera` says where one looks. */
export function createWater(scene, camera) {
  const uniforms = { color: Color.fromCssColorString('#2f7fc2').withAlpha(0.45), cut: new Cartesian4(0, 0, 0, -1) };
  const material = new Material({ translucent: true, fabric: { uniforms, source: SOURCE } });
  let [height, surface, laid] = [null, null, null];

  const lay = () => {
    if (surface) scene.primitives.remove(surface);
    surface = null;
    laid = null;
    if (height !== null) {
      laid = around(camera);
      surface = scene.primitives.add(surfaceOf(laid, height, material));
    }
    scene.requestRender();
  };
  return {
    /** Lets water stand `metres` above the ellipsoid; null takes it away. */
    set: (metres) => { height = metres; lay(); },
    moved: () => { if (height !== null && !fits(laid, around(camera))) lay(); },
    /** Cuts the water by a plane in the eye's frame. */
    cut: (plane) => { material.uniforms.cut = plane; },
  };
}

function around(camera) {
  const { lon, lat, height } = camera.read();
  const centre = camera.middle();
  const seen = centre ? camera.degrees(centre) : { lon, lat };
  const reach = Math.min(3, Math.max(NEAR, (Math.abs(height) * 12) / 111_000, 3 * Math.hypot(seen.lon - lon, seen.lat - lat)));
  return { lon: seen.lon, lat: seen.lat, reach };
}

/** Whether a surface laid earlier still reaches as far as it should, and is not far too coarse. */
const fits = (laid, wanted) => laid.reach >= wanted.reach * 0.5 && laid.reach <= wanted.reach * 4
  && Math.hypot(laid.lon - wanted.lon, laid.lat - wanted.lat) < laid.reach * 0.3;

function surfaceOf({ lon, lat, reach }, height, material) {
  const rectangle = Rectangle.fromDegrees(lon - reach, Math.max(-89, lat - reach), lon + reach, Math.min(89, lat + reach));
  const geometry = new RectangleGeometry({ rectangle, height, granularity: (reach * Math.PI) / 180 / 24, vertexFormat: EllipsoidSurfaceAppearance.VERTEX_FORMAT });
  return new Primitive({
    geometryInstances: new GeometryInstance({ geometry }),
    appearance: new EllipsoidSurfaceAppearance({ material, flat: true, translucent: true, aboveGround: false }),
    asynchronous: false, allowPicking: false, releaseGeometryInstances: true,
  });
}

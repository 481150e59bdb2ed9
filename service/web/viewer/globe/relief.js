// Where the sun stands, for all that is shaded, and the shade of hills.

import { Material } from '@cesium/engine';

// North-west and halfway up, as on a shaded map, fixed to the ground at each place and at any hour; a little nearer to the west,
// so that walls that follow the compass differ too.
const SUN = 'vec3(-0.62, 0.35, 0.7)';

/** GLSL: how much more sun than level ground something has that faces `facing` where `up` is upward; all in the eye's frame. */
export const SUNLIGHT = `
float sunlight(vec3 facing, vec3 up, vec3 upWorld) {
  vec3 east = czm_viewRotation * normalize(cross(vec3(0.0, 0.0, 1.0), upWorld));
  vec3 sun = normalize(${SUN});
  return dot(facing, sun.x * east + sun.y * cross(up, east) + sun.z * up) - sun.z;
}`;

// Level ground keeps its colours: slopes towards the sun are lightened, those away from it darkened.
const SOURCE = `${SUNLIGHT}
czm_material czm_getMaterial(czm_materialInput materialInput) {
  czm_material material = czm_getDefaultMaterial(materialInput);
  vec3 upWorld = normalize((czm_inverseView * vec4(-materialInput.positionToEyeEC, 1.0)).xyz);
  float light = sunlight(normalize(materialInput.normalEC), czm_viewRotation * upWorld, upWorld);
  material.diffuse = vec3(step(0.0, light)) + (1.0 - step(0.0, light)) * vec3(0.10, 0.13, 0.20);
  material.alpha = clamp(light > 0.0 ? 0.6 * light : -1.5 * light, 0.0, 0.75);
  return material;
}`;

/** Makes what shades the ground; only terrain with normals can be shaded. */
export const createRelief = () => new Material({ translucent: false, fabric: { source: SOURCE } });

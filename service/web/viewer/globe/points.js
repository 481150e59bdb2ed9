// How point clouds are coloured: as they were surveyed, by class, by height, by intensity; and how large a point is.

import { POINT_CLASSES, RAMP } from '../point-colours.js';

const vec = (colour) => `vec3(${[1, 3, 5].map((at) => (parseInt(colour.slice(at, at + 2), 16) / 255).toFixed(3)).join(', ')})`;

/** The functions that the colourings use. */
export const POINT_COLOURS = `
vec3 classColour(float kind) {
  ${POINT_CLASSES.map(([kind, colour]) => `if (kind == ${kind}.0) { return ${vec(colour)}; }`).join('\n  ')}
  return vec3(0.75);
}
vec3 rampColour(float share) {
  float at = clamp(share, 0.0, 1.0) * ${RAMP.length - 1}.0;
  vec3 colour = ${vec(RAMP[0])};
  ${RAMP.slice(1).map((next, i) => `colour = mix(colour, ${vec(next)}, clamp(at - ${i}.0, 0.0, 1.0));`).join('\n  ')}
  return colour;
}`;

/** What each colouring does with a point. A tile without the property that one needs keeps the colours it has. */
export const POINTS = {
  own: 'material.diffuse *= u_dim;',
  class: 'material.diffuse = classColour(floor(float(fsInput.metadata.classification) + 0.5)) * u_dim;',
  height: 'material.diffuse = rampColour((height - u_low) / max(u_high - u_low, 0.1)) * u_dim;',
  intensity: 'material.diffuse = vec3(sqrt(clamp((float(fsInput.metadata.intensity) - u_low) / max(u_high - u_low, 1.0), 0.0, 1.0))) * u_dim;',
};

export const POINT_SIZE = `
void vertexMain(VertexInput vsInput, inout czm_modelVertexOutput vsOutput) {
  vsOutput.pointSize = u_size * czm_pixelRatio;
}`;

// How buildings look: soft light that comes from one side at any hour, so that walls and roofs are told apart, and
// thin dark lines where surfaces meet.

import { Cartesian4, Color, CustomShader, CustomShaderMode, CustomShaderTranslucencyMode, LightingModel, PostProcessStage, UniformType } from '@cesium/engine';
import { POINT_COLOURS, POINT_SIZE, POINTS } from './points.js';
import { SUNLIGHT } from './relief.js';

/** Groups of building classes by the first two digits of GB/T 13923; the legend in the page has the same colours. */
const GROUPS = { 31: 'house', 32: 'works', 33: 'works', 34: 'public', 35: 'public', 36: 'public', 37: 'public' };

/** The colours of the groups and of the picked building, as the page's style sheet has them. */
export function readColours() {
  const style = getComputedStyle(document.documentElement);
  const colour = (name) => Color.fromCssColorString(style.getPropertyValue(name).trim());
  return {
    house: colour('--building-house'), public: colour('--building-public'),
    works: colour('--building-works'), other: colour('--building-other'),
    picked: colour('--select'), ground: colour('--scene-ground'), sky: colour('--scene-sky'),
    dim: Number(style.getPropertyValue('--scene-dim')), mapFilter: style.getPropertyValue('--map-filter').trim(),
  };
}

/** The colour of a building that is not picked. */
export const colourOf = (colours, kind) => colours[GROUPS[String(kind ?? '').slice(0, 2)] ?? 'other'];

// How high a fragment is above the ground that is `u_ground` metres above the ellipsoid: from the eye's height, since a
// position on the globe is too coarse. What is above `u_top`, or before the plane `u_cut` in the eye's frame, is cut away.
const COMMON = `
float heightOf(vec3 position, vec3 up) {
  float climb = dot(position, up);
  float away = dot(position, position) - climb * climb;
  return czm_eyeHeight + climb + away / 12756274.0 - u_ground;
}
void cutAt(vec3 position, float height) {
  if (height > u_top || dot(u_cut.xyz, position) + u_cut.w > 0.0) { discard; }
}`;

const NO_TOP = 1e6;

// Walls darken towards the ground, as they do under an open sky, and none is black. What a cut lays open is seen from within: one
// flat colour, which fills the section like a drawing's.
const SHADED = `
  vec3 facing = normalize(fsInput.attributes.normalEC);
  float light = sunlight(facing, up, upWorld);
  float wall = (1.03 + 0.24 * light) * mix(0.8, 1.0, smoothstep(0.0, 16.0, height));
  material.diffuse *= mix(wall, 1.0 + 0.35 * light, smoothstep(0.5, 0.9, dot(facing, up))) * u_dim;
  if (!gl_FrontFacing && (u_top < ${NO_TOP.toFixed(1)} || dot(u_cut.xyz, u_cut.xyz) > 0.0)) { material.diffuse = vec3(0.80, 0.50, 0.42) * u_dim; }`;

// What lies under the ground is thin: each surface is moved outward by a pixel's width where it stands, so that a pipe can be
// followed and picked from any height, and is hardly thicker than it is to one who stands beside it.
const NEVER_THINNER = `
void vertexMain(VertexInput vsInput, inout czm_modelVertexOutput vsOutput) {
  float away = -(czm_modelView * vec4(vsInput.attributes.positionMC, 1.0)).z;
  float pixel = max(0.0, away) * 2.0 / (czm_projection[1][1] * czm_viewport.w);
  vsOutput.positionMC += vsInput.attributes.normalMC * pixel;
}`;

const fragment = (paint) => `${COMMON}${SUNLIGHT}
void fragmentMain(FragmentInput fsInput, inout czm_modelMaterial material) {
  vec3 position = fsInput.attributes.positionEC;
  vec3 upWorld = normalize(czm_viewerPositionWC);
  vec3 up = czm_viewRotation * upWorld;
  float height = heightOf(position, up);
  cutAt(position, height);
  ${paint}
  material.alpha *= u_alpha;
}`;

// What lies on the ground is drawn a five-hundredth of its distance nearer, where it stands on the screen: far off the
// ground is drawn coarser than what was laid on its finest triangles, and would hide parts of that.
const NEARER = `
void vertexMain(VertexInput vsInput, inout czm_modelVertexOutput vsOutput) {
  vec3 eye = (czm_inverseModelView * vec4(0.0, 0.0, 0.0, 1.0)).xyz;
  vsOutput.positionMC = mix(vsInput.attributes.positionMC, eye, 0.002);
}`;

const FLOAT = UniformType.FLOAT;

/** The plane that cuts nothing. */
export const NO_CUT = Object.freeze(new Cartesian4(0, 0, 0, -1));

/** How one layer is drawn: solid or as glass, whole or cut; `kind` is `tiles`, `lying`, `thin`, `mesh` or `points`. */
export class Look {
  constructor(kind, dim, ground) {
    Object.assign(this, { kind, strength: 1, values: { u_dim: dim, u_ground: ground, u_alpha: 1, u_top: NO_TOP, u_cut: NO_CUT, u_size: 3, u_low: 0, u_high: 100 } });
    this.paint('own');
  }

  /** Makes the shaders anew, for points coloured by `points`. */
  paint(points) {
    this.points = points;
    this.shaders = [CustomShaderTranslucencyMode.INHERIT, CustomShaderTranslucencyMode.TRANSLUCENT].map((mode) => this.make(mode));
  }

  make(translucencyMode) {
    const types = { u_cut: UniformType.VEC4 };
    // A shader writes later values into the object it began with, which must not be one that others know.
    const own = (value) => value.clone?.() ?? value;
    const uniforms = Object.fromEntries(Object.entries(this.values).map(([name, value]) => [name, { type: types[name] ?? FLOAT, value: own(value) }]));
    const { kind } = this;
    return new CustomShader({
      mode: CustomShaderMode.MODIFY_MATERIAL, lightingModel: LightingModel.UNLIT, translucencyMode, uniforms,
      vertexShaderText: { points: POINT_SIZE, thin: NEVER_THINNER, lying: NEARER }[kind],
      fragmentShaderText: kind === 'points' ? `${POINT_COLOURS}${fragment(POINTS[this.points])}` : fragment(kind === 'mesh' ? '' : SHADED),
    });
  }

  /** Whether what it draws is no surface that stands in the scene: it lies on the ground or under it. */
  get flat() {
    return this.kind === 'thin' || this.kind === 'lying';
  }

  /** The shader to draw with now. */
  get shader() {
    return this.shaders[this.strength < 1 ? 1 : 0];
  }

  set(name, value) {
    this.values[name] = value;
    for (const shader of this.shaders) shader.setUniform(name, value);
  }

  setStrength(share) {
    this.strength = share;
    this.set('u_alpha', share);
  }
}

/** Cuts away what is above `top` metres over the ground (null for nothing) and before a plane in the eye's frame. */
export function cutLooks(looks, top, plane) {
  for (const look of looks) {
    look.set('u_top', top ?? NO_TOP);
    look.set('u_cut', plane);
  }
}

// Over a plane the inverse of the depth changes evenly from pixel to pixel; where it does not, there is an edge.
const EDGES = `
uniform sampler2D colorTexture;
uniform sampler2D depthTexture;
in vec2 v_textureCoordinates;
float inverseDepth(vec2 at) {
  float stored = czm_unpackDepth(texture(depthTexture, at));
  if (stored == 0.0 || stored == 1.0) { return 0.0; }
  return 1.0 / (exp2(stored * czm_log2FarDepthFromNearPlusOne) - 1.0 + czm_currentFrustum.x);
}
void main() {
  vec2 at = v_textureCoordinates;
  vec2 pixel = 1.0 / czm_viewport.zw;
  vec4 colour = texture(colorTexture, at);
  float here = inverseDepth(at);
  float bend = 0.0;
  if (here > u_farthest) {
    float across = inverseDepth(at + vec2(pixel.x, 0.0)) + inverseDepth(at - vec2(pixel.x, 0.0)) - 2.0 * here;
    float along = inverseDepth(at + vec2(0.0, pixel.y)) + inverseDepth(at - vec2(0.0, pixel.y)) - 2.0 * here;
    bend = (abs(across) + abs(along)) / here;
  }
  float line = smoothstep(0.0025, 0.009, bend) * smoothstep(u_farthest, 5.0 * u_farthest, here);
  out_FragColor = vec4(colour.rgb * (1.0 - 0.4 * line), colour.a);
}`;

/** Makes the lines; they fade out where buildings are small, beyond two kilometres. */
export const createEdges = () => new PostProcessStage({ fragmentShader: EDGES.replaceAll('u_farthest', '0.0004') });

// Both sides of a case as solids, drawn on a canvas: what is in the base as a dashed frame, what was surveyed as a body.
// The view is axonometric; it is turned by dragging, by keys and by buttons.

const FLAT = 0.02;
const START = { yaw: -0.55, pitch: 0.6, zoom: 1 };
let view = { ...START };

/** Starts the picture; the turn that a person chose stays from case to case, so that all are seen alike. */
export function startSolid(canvas, { feature, candidates, chosen }, middle) {
  const metres = toMetres(middle);
  const base = candidates.find(({ code }) => code === chosen);
  const ground = Math.min(...[feature, base].map((side) => side?.base ?? Infinity));
  const floor = Number.isFinite(ground) ? ground : 0;
  const sides = [
    ...(base ? [{ ...bodyOf(base, metres, floor), before: true }] : []),
    { ...bodyOf(feature, metres, floor), before: false },
  ];
  const reach = Math.max(4, ...sides.flatMap(({ faces, lines }) => [...faces.flatMap((face) => face.rings.flat()), ...lines.flat()])
    .map(([x, y, z]) => Math.hypot(x, y, z)));
  const draw = () => paint(canvas, sides, reach);
  canvas.onpointerdown = (event) => drag(canvas, event, draw);
  canvas.onkeydown = (event) => { if (keys(event.key)) { event.preventDefault(); event.stopPropagation(); draw(); } };
  canvas.onwheel = (event) => { event.preventDefault(); zoom(event.deltaY < 0 ? 1.1 : 1 / 1.1); draw(); };
  new ResizeObserver(draw).observe(canvas);
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', draw);
  draw();
  return { draw, turn: (way) => { turn(way); draw(); } };
}

const toMetres = ({ lon, lat }) => {
  const scale = 111320;
  const squeeze = Math.cos((lat * Math.PI) / 180);
  return ([x, y, z]) => [(x - lon) * scale * squeeze, (y - lat) * scale, z];
};

/** A side as faces and lines in metres above the floor: its measured surfaces, or its outline raised to its height. */
function bodyOf(side, metres, floor) {
  if (side.surfaces) {
    return { faces: side.surfaces.coordinates.map((rings) => ({ rings: rings.map((ring) => ring.map((place) => lowered(metres(place), floor))) })), lines: [] };
  }
  const { type, coordinates } = side.geometry;
  const low = (side.base ?? floor) - floor;
  if (type.endsWith('Polygon')) {
    const polygons = type === 'Polygon' ? [coordinates] : coordinates;
    return { faces: polygons.flatMap((rings) => prism(rings.map((ring) => ring.map(metres)), low, low + (side.height ?? 0))), lines: [] };
  }
  if (type.endsWith('LineString')) {
    const lines = type === 'LineString' ? [coordinates] : coordinates;
    return { faces: [], lines: lines.map((line) => line.map((place) => lowered(metres(place), floor, low))) };
  }
  const [x, y] = metres(type === 'Point' ? coordinates : coordinates[0]);
  return { faces: [], lines: [[[x, y, 0], [x, y, side.height ?? 2]]] };
}

const lowered = ([x, y, z], floor, otherwise = 0) => [x, y, z === undefined ? otherwise : z - floor];

function prism(rings, low, high) {
  const roof = { rings: rings.map((ring) => ring.map(([x, y]) => [x, y, high])) };
  if (high - low < FLAT) return [roof];
  const walls = rings.flatMap((ring) => ring.slice(1).map(([x, y], i) => {
    const [u, v] = ring[i];
    return { rings: [[[u, v, low], [x, y, low], [x, y, high], [u, v, high], [u, v, low]]] };
  }));
  return [...walls, roof];
}

function projection(width, height, reach) {
  const [cosYaw, sinYaw, cosPitch, sinPitch] = [Math.cos(view.yaw), Math.sin(view.yaw), Math.cos(view.pitch), Math.sin(view.pitch)];
  const scale = (Math.min(width, height) / 2 / reach) * 0.92 * view.zoom;
  return ([x, y, z]) => {
    const across = x * cosYaw - y * sinYaw;
    const along = x * sinYaw + y * cosYaw;
    return [width / 2 + across * scale, height * 0.56 - (along * sinPitch + z * cosPitch) * scale, along * cosPitch - z * sinPitch];
  };
}

function paint(canvas, sides, reach) {
  const [width, height] = [canvas.clientWidth, canvas.clientHeight];
  const dense = devicePixelRatio || 1;
  canvas.width = width * dense;
  canvas.height = height * dense;
  const pen = canvas.getContext('2d');
  pen.scale(dense, dense);
  pen.lineJoin = 'round';
  const style = getComputedStyle(canvas);
  const colour = (name) => style.getPropertyValue(name).trim();
  const project = projection(width, height, reach);
  ground(pen, project, reach, colour('--line'));
  const faces = sides.flatMap(({ faces: own, before }) => own.map((face) => ({ ...placed(face, project), before })));
  faces.sort((one, other) => other.depth - one.depth);
  for (const face of faces) fillFace(pen, face, colour(face.before ? '--before' : '--after'));
  for (const { lines, before } of sides) for (const line of lines) stroke(pen, line.map(project), colour(before ? '--before' : '--after'), before, 4);
}

function placed({ rings }, project) {
  const shown = rings.map((ring) => ring.map(project));
  const depth = shown[0].reduce((sum, [, , far]) => sum + far, 0) / shown[0].length;
  return { rings: shown, depth, light: lightOf(rings[0]) };
}

/** How bright a face is: by where it looks, the light coming from the upper left. */
function lightOf(ring) {
  let [nx, ny, nz] = [0, 0, 0];
  ring.slice(1).forEach((b, i) => {
    const a = ring[i];
    nx += (a[1] - b[1]) * (a[2] + b[2]); ny += (a[2] - b[2]) * (a[0] + b[0]); nz += (a[0] - b[0]) * (a[1] + b[1]);
  });
  const length = Math.hypot(nx, ny, nz) || 1;
  return 0.55 + 0.45 * Math.abs((-0.35 * nx + 0.45 * ny + 0.82 * nz) / length);
}

function fillFace(pen, { rings, light, before }, colour) {
  pen.beginPath();
  for (const ring of rings) { ring.forEach(([x, y], i) => (i ? pen.lineTo(x, y) : pen.moveTo(x, y))); pen.closePath(); }
  pen.globalAlpha = before ? 0.1 : 0.5 * light;
  pen.fillStyle = colour;
  pen.fill('evenodd');
  pen.globalAlpha = before ? 1 : 0.8;
  pen.setLineDash(before ? [6, 4] : []);
  pen.lineWidth = before ? 1.8 : 1;
  pen.strokeStyle = colour;
  pen.stroke();
  pen.globalAlpha = 1;
  pen.setLineDash([]);
}

function stroke(pen, line, colour, dashed, width) {
  pen.beginPath();
  line.forEach(([x, y], i) => (i ? pen.lineTo(x, y) : pen.moveTo(x, y)));
  pen.setLineDash(dashed ? [8, 6] : []);
  pen.lineWidth = width;
  pen.strokeStyle = colour;
  pen.stroke();
  pen.setLineDash([]);
}

/** Squares on the ground, each a round number of metres. */
function ground(pen, project, reach, colour) {
  const step = [1, 2, 5, 10, 20, 50, 100, 500].find((one) => one * 8 >= reach) ?? 1000;
  const last = Math.ceil(reach / step) * step;
  for (let at = -last; at <= last; at += step) {
    stroke(pen, [[at, -last, 0], [at, last, 0]].map(project), colour, false, 1);
    stroke(pen, [[-last, at, 0], [last, at, 0]].map(project), colour, false, 1);
  }
}

function drag(canvas, event, draw) {
  let [x, y] = [event.clientX, event.clientY];
  canvas.setPointerCapture(event.pointerId);
  canvas.onpointermove = (moved) => {
    view.yaw -= (moved.clientX - x) / 120;
    tilt((moved.clientY - y) / 160);
    [x, y] = [moved.clientX, moved.clientY];
    draw();
  };
  canvas.onpointerup = canvas.onpointercancel = () => { canvas.onpointermove = null; };
}

const tilt = (by) => { view.pitch = Math.min(1.55, Math.max(0.08, view.pitch + by)); };
const zoom = (by) => { view.zoom = Math.min(8, Math.max(0.3, view.zoom * by)); };

const TURNS = {
  left: () => { view.yaw += 0.26; }, right: () => { view.yaw -= 0.26; }, up: () => tilt(0.15), down: () => tilt(-0.15),
};
const turn = (way) => TURNS[way]();

function keys(key) {
  const todo = {
    ArrowLeft: TURNS.left, ArrowRight: TURNS.right, ArrowUp: TURNS.up, ArrowDown: TURNS.down,
    '+': () => zoom(1.2), '=': () => zoom(1.2), '-': () => zoom(1 / 1.2), 0: () => { view = { ...START }; },
  }[key];
  todo?.();
  return Boolean(todo);
}

// Lengths, areas and lines on the ellipsoid of CGCS2000; points are { lon, lat, height } in degrees and metres.

const A = 6_378_137;
const F = 1 / 298.257222101;
const B = A * (1 - F);
const E2 = F * (2 - F);
const E = Math.sqrt(E2);
const RADIANS = Math.PI / 180;

/**
 * The shortest way between two points on the ellipsoid in metres, and the azimuth it begins with in degrees, by Vincenty
 * (1975), good to half a millimetre; null between points nearly opposite each other, where the formula does not settle.
 */
export function geodesic(one, other) {
  const [u1, u2] = [one, other].map(({ lat }) => Math.atan((1 - F) * Math.tan(lat * RADIANS)));
  const [sin1, cos1, sin2, cos2] = [Math.sin(u1), Math.cos(u1), Math.sin(u2), Math.cos(u2)];
  const across = (other.lon - one.lon) * RADIANS;
  let lambda = across;
  for (let round = 0; round < 100; round++) {
    const [x, y] = [cos2 * Math.sin(lambda), cos1 * sin2 - sin1 * cos2 * Math.cos(lambda)];
    const sinSigma = Math.hypot(x, y);
    if (!sinSigma) return { metres: 0, azimuth: 0 };
    const cosSigma = sin1 * sin2 + cos1 * cos2 * Math.cos(lambda);
    const sigma = Math.atan2(sinSigma, cosSigma);
    const sinAlpha = (cos1 * cos2 * Math.sin(lambda)) / sinSigma;
    const cos2Alpha = 1 - sinAlpha ** 2;
    const middle = cos2Alpha ? cosSigma - (2 * sin1 * sin2) / cos2Alpha : 0;
    const c = (F / 16) * cos2Alpha * (4 + F * (4 - 3 * cos2Alpha));
    const before = lambda;
    lambda = across + (1 - c) * F * sinAlpha * (sigma + c * sinSigma * (middle + c * cosSigma * (2 * middle ** 2 - 1)));
    if (Math.abs(lambda - before) > 1e-12) continue;
    return { metres: arc(sigma, sinSigma, cosSigma, middle, cos2Alpha), azimuth: (Math.atan2(x, y) / RADIANS + 360) % 360 };
  }
  return null;
}

function arc(sigma, sinSigma, cosSigma, middle, cos2Alpha) {
  const u = cos2Alpha * ((A / B) ** 2 - 1);
  const a = 1 + (u / 16384) * (4096 + u * (u * (320 - 175 * u) - 768));
  const b = (u / 1024) * (256 + u * (u * (74 - 47 * u) - 128));
  const end = (b / 6) * middle * (4 * sinSigma ** 2 - 3) * (4 * middle ** 2 - 3);
  return B * a * (sigma - b * sinSigma * (middle + (b / 4) * (cosSigma * (2 * middle ** 2 - 1) - end)));
}

/** How long a line through points is: on the ellipsoid, and with its rises and falls, each part taken as even. */
export function lineLength(points) {
  const parts = points.slice(1).map((point, i) => [geodesic(points[i], point)?.metres ?? NaN, point.height - points[i].height]);
  return {
    level: parts.reduce((sum, [level]) => sum + level, 0),
    slope: parts.reduce((sum, [level, rise]) => sum + Math.hypot(level, rise), 0),
  };
}

/**
 * The area inside a ring of points in square metres. Lambert's azimuthal equal-area projection about the first point, of
 * the sphere that has the ellipsoid's area (Snyder 1987, 187-190): there geodesics are straight to some parts in a million for rings
 * ten kilometres wide.
 */
export function ringArea(points) {
  const radius = A * Math.sqrt(authalic(1) / 2);
  const flat = points.map((point) => equalArea(points[0], point));
  const twice = flat.reduce((sum, [x, y], i) => {
    const [nextX, nextY] = flat[(i + 1) % flat.length];
    return sum + (x * nextY - nextX * y);
  }, 0);
  return Math.abs(twice / 2) * radius ** 2;
}

/** Snyder's q, by which areas on the ellipsoid grow with the sine of the latitude. */
const authalic = (sine) => (1 - E2) * (sine / (1 - E2 * sine ** 2) + Math.atanh(E * sine) / E);

function equalArea(centre, { lon, lat }) {
  const [b0, b] = [centre.lat, lat].map((each) => Math.asin(authalic(Math.sin(each * RADIANS)) / authalic(1)));
  const turn = (lon - centre.lon) * RADIANS;
  const k = Math.sqrt(2 / (1 + Math.sin(b0) * Math.sin(b) + Math.cos(b0) * Math.cos(b) * Math.cos(turn)));
  const north = Math.sin(b - b0) + 2 * Math.sin(b0) * Math.cos(b) * Math.sin(turn / 2) ** 2; // without loss of digits nearby
  return [k * Math.cos(b) * Math.sin(turn), k * north];
}

/** Points along a line, `count` of them evenly spread, each with its distance from the beginning. */
export function along(points, count) {
  const ends = points.slice(1).map((point, i) => geodesic(points[i], point)?.metres ?? 0);
  const whole = ends.reduce((sum, metres) => sum + metres, 0);
  return Array.from({ length: count }, (_, i) => {
    let [left, leg] = [(whole * i) / (count - 1), 0];
    while (leg < ends.length - 1 && left > ends[leg]) left -= ends[leg++];
    return { ...between(points[leg], points[leg + 1], ends[leg] ? Math.min(1, left / ends[leg]) : 0), distance: (whole * i) / (count - 1) };
  });
}

const between = (one, other, share) => Object.fromEntries(['lon', 'lat', 'height'].map((name) => [name, one[name] + (other[name] - one[name]) * share]));

/** Where a line crosses another, seen from above: [{ distance, share }] along both, for lines of [lon, lat]. */
export function crossings(line, other) {
  const found = [];
  let before = 0;
  for (let i = 0; i + 1 < line.length; i++) {
    const [a, b] = [line[i], line[i + 1]];
    const length = geodesic(a, b)?.metres ?? 0;
    for (let j = 0; j + 1 < other.length; j++) {
      const [s, t] = meeting([a.lon, a.lat], [b.lon, b.lat], other[j], other[j + 1]);
      if (s >= 0 && s <= 1 && t >= 0 && t <= 1) found.push({ distance: before + s * length, part: j, share: t });
    }
    before += length;
  }
  return found;
}

/** Whether two sides of a ring cross: it then has no inside that could be measured. */
export function crossesItself(ring) {
  const corners = ring.map(({ lon, lat }) => [lon, lat]);
  const end = (i) => corners[(i + 1) % corners.length];
  return corners.some((corner, i) => corners.some((other, j) => {
    const [s, t] = i < j ? meeting(corner, end(i), other, end(j)) : [];
    return s > 0 && s < 1 && t > 0 && t < 1;
  }));
}

function meeting([ax, ay], [bx, by], [cx, cy], [dx, dy]) {
  const turn = (bx - ax) * (dy - cy) - (by - ay) * (dx - cx);
  return [((cx - ax) * (dy - cy) - (cy - ay) * (dx - cx)) / turn, ((cx - ax) * (by - ay) - (cy - ay) * (bx - ax)) / turn];
}

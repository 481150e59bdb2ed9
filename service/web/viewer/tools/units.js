// Measured values as text: lengths to the centimetre, areas, angles, places.

const THIN = '\u202f';

/** A number with as many decimals as are known, thousands apart, and its unit. */
function text(number, digits, unit) {
  const [whole, decimals] = number.toFixed(digits).split('.');
  return `${whole.replace(/\B(?=(\d{3})+$)/g, THIN)}.${decimals}${THIN}${unit}`;
}

/** A length: to the centimetre below a kilometre, to the metre below a hundred, else to a tenth of a kilometre. */
export function metresText(metres) {
  if (Math.abs(metres) < 1000) return text(metres, 2, 'm');
  return Math.abs(metres) < 100_000 ? text(metres / 1000, 3, 'km') : text(metres / 1000, 1, 'km');
}

/** An area: square metres below a tenth of a square kilometre. */
export const areaText = (area) => (area < 100_000 ? text(area, 1, 'm²') : text(area / 1e6, 4, 'km²'));

/** An angle in degrees. */
export const angleText = (degrees) => `${(Math.round(degrees * 10) / 10 || 0).toFixed(1)}°`; // never -0.0

/** A place as a surveyor copies it. */
export const placeText = ({ lon, lat, height }) => `${lon.toFixed(7)}\t${lat.toFixed(7)}\t${height.toFixed(2)}`;

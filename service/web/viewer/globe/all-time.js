// Tiles that hold all time: which of their features stand on a day. By hand and not by a style: a style would take the
// colours too, and asks every feature in words what two arrays of numbers answer at once.

const sifted = new WeakMap(); // of each content: from when to when its features are valid, and the day it is sifted for

/** Shows of a content's features those that are valid on a day (a number since 1970-01-01), and hides the others. */
export function sift(content, day) {
  const known = sifted.get(content) ?? read(content);
  if (known.day === day) return;
  known.day = day;
  for (let i = 0; i < known.from.length; i++) content.getFeature(i).show = known.from[i] <= day && day < known.to[i];
}

/** Whether a feature of such tiles is valid on a day. */
export const stands = (feature, day) => feature.getProperty('valid_from') <= day && day < feature.getProperty('valid_to');

function read(content) {
  const column = (name) => Int32Array.from({ length: content.featuresLength }, (_, i) => content.getFeature(i).getProperty(name));
  const known = { from: column('valid_from'), to: column('valid_to'), day: null };
  sifted.set(content, known);
  return known;
}

// Days of valid time: text `2026-05-19` outside, whole numbers since 1970-01-01 inside.

const DAY = 86_400_000;

/** The number of a day. */
export const dayNumber = (text) => Math.round(Date.parse(`${text}T00:00:00Z`) / DAY);

/** The text of a day's number. */
export const dayText = (number) => new Date(number * DAY).toISOString().slice(0, 10);

/** Reads a day as people type it: 2026-05-19, 20260519, 2026/5/19, 2026.5.19, 2026年5月19日, full-width digits; else null. */
export function readDay(typed) {
  const plain = typed.normalize('NFKC').trim();
  const found = plain.match(/^(\d{4})(\d{2})(\d{2})$/) ?? plain.match(/^(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?$/);
  if (!found) return null;
  const text = `${found[1]}-${found[2].padStart(2, '0')}-${found[3].padStart(2, '0')}`;
  const number = dayNumber(text);
  return Number.isFinite(number) && dayText(number) === text ? text : null;
}

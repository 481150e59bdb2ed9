// The viewer's parts that need no browser. Run by test_viewer_parts.py with `node --test`.

import assert from 'node:assert/strict';
import { test } from 'node:test';

const data = {
  language: 'zh',
  settings: { layers: [{ id: 'buildings', on: true }, { id: 'pipes', on: false }], classes: {}, ground1985: 35, today: '2026-05-19' },
  words: { 'viewer.search.point': '{lon} {lat}', 'viewer.time.value': '{day}：{n} {n:change|changes}' },
};
globalThis.document = { getElementById: () => ({ textContent: JSON.stringify(data) }) };
globalThis.innerWidth = 1280;

const viewer = new URL('../../../service/web/viewer/', import.meta.url);
const { dayNumber, dayText, readDay } = await import(new URL('days.js', viewer));
const { readAddress, writeAddress } = await import(new URL('address.js', viewer));
const { nearestFilled, neighbours, changesOn } = await import(new URL('timeline.js', viewer));
const { wholeLength } = await import(new URL('furniture.js', viewer));
const { readPoint } = await import(new URL('search.js', viewer));
const { grouped } = await import(new URL('card.js', viewer));
const { createState } = await import(new URL('state.js', viewer));
const { lengthText, longDay, say } = await import(new URL('page.js', viewer));

test('days are read as people type them, and nothing else is', () => {
  for (const typed of ['2024-02-29', '20240229', '2024/2/29', '2024.2.29', ' 2024年2月29日 ', '２０２４－０２－２９']) {
    assert.equal(readDay(typed), '2024-02-29', typed);
  }
  for (const typed of ['', '2023-02-29', '2024-13-01', '2024', '29-02-2024', '2024-2-', 'tomorrow']) assert.equal(readDay(typed), null, typed);
});

test('a day and its number are the same day', () => {
  for (let number = -40_000; number < 60_000; number += 997) assert.equal(dayNumber(dayText(number)), number);
  assert.equal(dayNumber('1970-01-01'), 0);
});

test('an address says all that is shown, and reads back the same', () => {
  const shown = {
    day: '2025-05-19', code: 'ABCD1234', buildings: false, pipes: true, under: true, map: 0.4,
    camera: { lon: 117.123457, lat: 36.5, height: 420.5, heading: 359.9, pitch: -45 },
  };
  const address = writeAddress('?lang=en', shown);
  assert.deepEqual(readAddress(address), shown);
  assert.ok(address.startsWith('?lang=en&'));
  assert.equal(writeAddress('?lang=en&code=X&date=2020-01-01', { day: '2024-01-01', code: null, camera: null, buildings: true, map: 1 }), '?lang=en&date=2024-01-01');
});

test('what an address says wrongly is left out', () => {
  assert.deepEqual(readAddress('?date=soon&camera=1,2,3&map=900&code='), {});
  assert.deepEqual(readAddress('?camera=200,36,100,0,0'), {});
  assert.deepEqual(readAddress('?camera=117,36,-5,0,0'), {});
});

test('changes lead to their neighbours, and an empty day to the nearest filled ones', () => {
  const changes = [{ day: '2020-01-01', changes: 5 }, { day: '2022-06-01', changes: 2 }, { day: '2024-01-01', changes: 5 }];
  assert.deepEqual(neighbours(changes, '2022-06-01'), ['2020-01-01', '2024-01-01']);
  assert.deepEqual(neighbours(changes, '2019-01-01'), [undefined, '2020-01-01']);
  assert.equal(changesOn(changes, '2022-06-01'), 2);
  assert.equal(changesOn(changes, '2022-06-02'), 0);
  assert.deepEqual(nearestFilled(changes, '2019-01-01'), [undefined, '2020-01-01']);
  assert.deepEqual(nearestFilled(changes, '2025-01-01'), ['2023-12-31', undefined]);
});

test('a scale bar is the longest of 1, 2, 5 times a power of ten metres', () => {
  for (const [longest, length] of [[1, 1], [1.9, 1], [4.99, 2], [5, 5], [99, 50], [1000, 1000], [2500, 2000]]) assert.equal(wholeLength(longest), length);
  assert.equal(wholeLength(0.5), 0);
  assert.equal(wholeLength(NaN), 0);
});

test('coordinates are read in the ways people write them', () => {
  for (const typed of ['117.02,36.66', '117.02 36.66', '36.66N 117.02E', '１１７．０２，３６．６６', `117°1'12", 36°39'36"`, '117.02；36.66']) {
    assert.deepEqual(readPoint(typed)?.centroid, [117.02, 36.66], typed);
  }
  for (const typed of ['济南', '12', '370102', 'ABCD 1234', '1,2,3', '400,500']) assert.equal(readPoint(typed), null, typed);
});

test('codes, numbers and days are written for the eye', () => {
  assert.equal(grouped('ABCD-1234 EF'), 'ABCD 1234 EF');
  assert.equal(lengthText(20), '20\u202fm');
  assert.equal(lengthText(1500), '1.5\u202fkm');
  assert.equal(lengthText(20_000), '20\u202fkm');
  assert.equal(longDay('2026-05-09'), '2026年5月9日');
  assert.equal(say('viewer.time.value', { day: 'x', n: 1 }), 'x：1 change');
  assert.equal(say('viewer.time.value', { day: 'x', n: 12_345 }), 'x：12\u202f345 changes');
});

test('listeners hear of what they asked for, and only when it has changed', () => {
  const state = createState({ day: 'a', camera: null });
  const heard = [];
  state.on('day', ({ day }) => heard.push(day));
  state.set({ day: 'a' });
  state.set({ camera: { lon: 1 } });
  state.set({ day: 'b', camera: { lon: 1 } });
  assert.deepEqual(heard, ['b']);
  assert.equal(state.day, 'b');
});

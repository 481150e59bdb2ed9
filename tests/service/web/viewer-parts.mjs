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
const { misread, readAddress, writeAddress } = await import(new URL('address.js', viewer));
const { nearestFilled, neighbours, changesOn } = await import(new URL('timeline.js', viewer));
const { wholeLength } = await import(new URL('furniture.js', viewer));
const { readPoint } = await import(new URL('search.js', viewer));
const { grouped } = await import(new URL('card.js', viewer));
const { createState } = await import(new URL('state.js', viewer));
const { lengthText, longDay, say } = await import(new URL('page.js', viewer));
const { along, crossesItself, crossings, geodesic, lineLength, ringArea } = await import(new URL('tools/geodesy.js', viewer));
const { areaText, metresText } = await import(new URL('tools/units.js', viewer));

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
    day: '2025-05-19', against: '2024-05-20', swipe: 0.25, code: 'ABCD1234', buildings: false, pipes: true, strength: { pipes: 0.6 },
    under: true, map: 0.4, top: 41.5, side: { lon: 117.1, lat: 36.6, heading: 90, ahead: -12.5 }, water: 36.25, look: 'height', size: 5, span: [-2.5, 80], panel: 'cut',
    measured: { what: 'area', points: [{ lon: 117.1, lat: 36.6, height: 35.25 }, { lon: 117.2, lat: 36.6, height: -3 }] },
    camera: { lon: 117.123457, lat: 36.5, height: 420.5, heading: 359.9, pitch: -45 },
  };
  const address = writeAddress('?lang=en', shown);
  assert.deepEqual(readAddress(address), shown);
  assert.ok(address.startsWith('?lang=en&'));
  assert.equal(writeAddress('?lang=en&code=X&date=2020-01-01', { day: '2024-01-01', code: null, camera: null, buildings: true, map: 1, swipe: 0.5, top: null, panel: null, look: 'own', size: 3, span: null, measured: { what: 'area', points: [] } }), '?lang=en&date=2024-01-01');
});

test('what an address says wrongly is left out', () => {
  assert.deepEqual(readAddress('?date=soon&camera=1,2,3&map=900&code='), {});
  assert.deepEqual(readAddress('?camera=200,36,100,0,0'), {});
  assert.deepEqual(readAddress('?camera=117,36,-5000,0,0'), {});
  assert.deepEqual(readAddress('?pipes=140&water=deep&top=&side=1,2,3&swipe=-1&panel=door&points=<b>&size=99&against=never'), {});
  assert.deepEqual(readAddress('?span=5,5&measure=distance'), {});
  assert.deepEqual(readAddress('?measure=distance,117,36,5,117'), {});
  assert.deepEqual(readAddress('?measure=weight,117,36,5'), {});
  assert.deepEqual(readAddress('?camera=,,60,,&side=117.1,36.6, ,0'), {});
  assert.deepEqual(readAddress('?pipes=0'), { pipes: true, strength: { pipes: 0 } });
});

test('what cannot be read is told by name, and whatever is read can be written', () => {
  assert.deepEqual(misread('?date=foo&camera=a,b&top=&lang=en&pipes=maybe&water=36&under=on&other=x'), ['date', 'camera', 'pipes']);
  assert.deepEqual(misread('?camera=117.1230,36.6360,60,190,-10&pipes=0&swipe=0&code=X'), []);
  const texts = ['', ' ', '0', '1e3', '0x10', 'NaN', 'Infinity', 'a,b', ',,,,', '1,2,3,4', '117,36,60,190,-10', '117,36,60,190,90', '[object Object]', '2026-02-30', '0000-01-01', '%00', 'on'];
  for (const name of ['date', 'against', 'swipe', 'code', 'under', 'map', 'top', 'side', 'water', 'points', 'size', 'span', 'measure', 'panel', 'camera', 'pipes']) {
    for (const text of texts) {
      const read = readAddress(`?${name}=${encodeURIComponent(text)}`);
      assert.deepEqual(readAddress(writeAddress('', { buildings: true, pipes: false, ...read })), read, `${name}=${text}`);
    }
  }
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

const place = (lon, lat, height = 0) => ({ lon, lat, height });
const near = (found, wanted, most) => assert.ok(Math.abs(found - wanted) <= most, `${found} is not ${wanted}`);

// Made with GeographicLib through pyproj 3.7: Geod(a=6378137, rf=298.257222101).
test('lengths on the ellipsoid are those of an outside implementation', () => {
  for (const [from, to, metres, azimuth] of [
    [place(117, 36.6), place(117.1, 36.7), 14251.369884328504, 38.83124264310207],
    [place(117, 36.6), place(-70, -30), 19034386.89849549, 42.22134616289498],
    [place(0, 0), place(1, 0), 111319.49079327357, 90],
    [place(117, 36.65), place(117.0001, 36.65), 8.941798831683203, 89.99997015373809],
  ]) {
    near(geodesic(from, to).metres, metres, 5e-4);
    near(geodesic(from, to).azimuth, azimuth, 1e-6);
  }
  assert.deepEqual(geodesic(place(117, 36), place(117, 36)), { metres: 0, azimuth: 0 });
  assert.equal(geodesic(place(0, 0), place(179.99, 0.01)), null);
});

test('areas on the ellipsoid are those of an outside implementation to a millionth', () => {
  for (const [ring, area] of [
    [[place(117, 36.6), place(117.1, 36.6), place(117.1, 36.7), place(117, 36.7)], 99228105.9905777],
    [[place(117, 36.65), place(117.0001, 36.65), place(117.0001, 36.6501), place(117, 36.6501)], 99.22805708646774],
    [[place(117, 36.6), place(117.1, 36.62), place(117.03, 36.7)], 46654030.690460205],
  ]) {
    near(ringArea(ring) / area, 1, 1e-6);
    near(ringArea(ring.toReversed()) / area, 1, 1e-6);
  }
});

test('a line rises and falls, is walked evenly, and crosses others where they meet', () => {
  const { level, slope } = lineLength([place(117, 36, 0), place(117.001, 36, 100), place(117.001, 36, 40)]);
  near(level, 90.1634, 1e-3);
  near(slope, Math.hypot(level, 100) + 60, 1e-6);
  const walked = along([place(0, 0), place(1, 0), place(1, 1)], 5);
  assert.deepEqual(walked.map(({ lon, lat }) => [Math.round(lon), Math.round(lat)]), [[0, 0], [0, 0], [1, 0], [1, 0], [1, 1]]);
  near(walked.at(-1).distance, 111319.4908 + 110574.3886, 1e-2);
  const [{ distance, share }] = crossings([place(0, 0), place(2, 0)], [[1, -1], [1, 1]]);
  near(distance, 111319.4908, 1e-2);
  near(share, 0.5, 1e-9);
  assert.deepEqual(crossings([place(0, 0), place(2, 0)], [[3, -1], [3, 1]]), []);
});

test('a ring whose sides cross is known', () => {
  const square = [place(0, 0), place(1, 0), place(1, 1), place(0, 1)];
  assert.equal(crossesItself(square), false);
  assert.equal(crossesItself([square[0], square[2], square[1], square[3]]), true);
  assert.equal(crossesItself(square.slice(0, 3)), false);
});

test('measured values are written as far as they are known', () => {
  assert.equal(metresText(12.3456), '12.35\u202fm');
  assert.equal(metresText(14251.37), '14.251\u202fkm');
  assert.equal(areaText(99.228), '99.2\u202fm²');
  assert.equal(areaText(99228106), '99.2281\u202fkm²');
});

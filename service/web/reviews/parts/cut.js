// Drawing a cut: a line dragged over the map, or moved by keys; how many parts it makes is asked of the server as it moves.

const SVG = 'http://www.w3.org/2000/svg';
const SHIFT = 6;

/** Starts drawing on a map. `asked(line)` gives the parts of `lon,lat lon,lat`; `told(parts)` shows them. */
export function startCut(svg, asked, told) {
  const sheet = sheetOf(svg);
  const group = document.createElementNS(SVG, 'g');
  const line = document.createElementNS(SVG, 'path');
  line.setAttribute('class', 'cut-line');
  svg.append(group, line);
  let [a, b] = across(svg);
  let round = 0;

  async function show() {
    line.setAttribute('d', `M${a.join(' ')}L${b.join(' ')}`);
    const mine = ++round;
    const parts = await asked(text());
    if (mine !== round) return;
    group.replaceChildren(...parts.map((part) => piece(part, sheet)));
    told(parts, text());
  }
  const text = () => [a, b].map((place) => sheet.degrees(place).map((number) => number.toFixed(9)).join(',')).join(' ');
  const at = (event) => {
    const place = new DOMPoint(event.clientX, event.clientY).matrixTransform(svg.getScreenCTM().inverse());
    return [place.x, place.y];
  };
  svg.onpointerdown = (event) => {
    svg.setPointerCapture(event.pointerId);
    a = b = at(event);
    svg.onpointermove = (moved) => { b = at(moved); show(); };
    svg.onpointerup = () => { svg.onpointermove = null; };
  };
  show();
  return {
    text,
    /** Moves the line by a key; tells whether the key was one of its own. */
    key(name) {
      const [dx, dy] = { ArrowLeft: [-SHIFT, 0], ArrowRight: [SHIFT, 0], ArrowUp: [0, -SHIFT], ArrowDown: [0, SHIFT] }[name] ?? [0, 0];
      const turn = { '[': -0.09, ']': 0.09 }[name] ?? 0;
      if (!dx && !dy && !turn) return false;
      const middle = [(a[0] + b[0]) / 2, (a[1] + b[1]) / 2];
      [a, b] = [a, b].map((place) => turned(place, middle, turn)).map(([x, y]) => [x + dx, y + dy]);
      show();
      return true;
    },
    end() {
      round = -1;
      group.remove();
      line.remove();
      svg.onpointerdown = svg.onpointermove = svg.onpointerup = null;
    },
  };
}

function turned([x, y], [u, v], by) {
  const [c, s] = [Math.cos(by), Math.sin(by)];
  return [u + (x - u) * c - (y - v) * s, v + (x - u) * s + (y - v) * c];
}

/** A first line: across the middle of what is to be divided, over its shorter side. */
function across(svg) {
  const box = (svg.querySelector('.before:not(.other)') ?? svg.querySelector('.after')).getBBox();
  const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
  return box.width >= box.height ? [[x, box.y - 14], [x, box.y + box.height + 14]] : [[box.x - 14, y], [box.x + box.width + 14, y]];
}

function sheetOf(svg) {
  const [lon, lat, scale] = ['lon', 'lat', 'scale'].map((name) => Number(svg.dataset[name]));
  const { width, height } = svg.viewBox.baseVal;
  const [east, north] = [111320 * Math.cos((lat * Math.PI) / 180) * scale, 111320 * scale];
  return {
    degrees: ([x, y]) => [lon + (x - width / 2) / east, lat - (y - height / 2) / north],
    place: ([x, y]) => [width / 2 + (x - lon) * east, height / 2 - (y - lat) * north],
  };
}

function piece({ geometry }, sheet) {
  const path = document.createElementNS(SVG, 'path');
  const polygons = geometry.type === 'Polygon' ? [geometry.coordinates] : geometry.type === 'MultiPolygon' ? geometry.coordinates : [];
  const rings = polygons.flat().map((ring) => `M${ring.map((place) => sheet.place(place).map((number) => number.toFixed(1)).join(' ')).join('L')}z`);
  path.setAttribute('class', 'piece');
  path.setAttribute('d', rings.join(''));
  return path;
}

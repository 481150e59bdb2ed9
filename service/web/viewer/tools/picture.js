// A picture of what is seen, to keep or to print: the scene, what is measured over it, and what no map of ours is without.

import { byId, longDay } from '../page.js';

const EDGE = 10; // pixels of the page
const LINE = 20;
const SCALE = 210; // how wide scale and north are

/** Saves the picture of a globe as `shikong-DAY.png`; `state` says which day, or which two, it shows. */
export async function savePicture(globe, state) {
  const picture = await pictureOf(globe, state);
  const blob = await new Promise((done) => { picture.toBlob(done, 'image/png'); });
  const link = document.createElement('a');
  Object.assign(link, { href: URL.createObjectURL(blob), download: `shikong-${[state.against, state.day].filter(Boolean).join('-')}.png` });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

async function pictureOf(globe, { day, against }) {
  const sketch = await sketched(byId('sketch'));
  const picture = globe.picture();
  const brush = picture.getContext('2d');
  const ratio = picture.width / byId('scene').clientWidth;
  const [width, height] = [picture.width / ratio, picture.height / ratio];
  brush.scale(ratio, ratio);
  if (sketch) brush.drawImage(sketch, 0, 0, width, height);
  if (against) drawEdge(brush, byId('swipe-line').offsetLeft, height);
  drawFoot(brush, width, height, [against, day].filter(Boolean).map(longDay).join(' | '));
  return picture;
}

/** What is measured as an image, its colours and letters as the page's style sheet has them; nothing where nothing is. */
async function sketched(svg) {
  if (!svg.children.length) return null;
  const copy = svg.cloneNode(true);
  const { width, height } = svg.getBoundingClientRect();
  for (const [name, size] of Object.entries({ width, height })) copy.setAttribute(name, size);
  [...svg.children].forEach((part, i) => {
    const style = getComputedStyle(part);
    for (const name of ['fill', 'stroke', 'stroke-width', 'paint-order', 'text-anchor', 'font-size', 'font-weight', 'font-family']) copy.children[i].style.setProperty(name, style.getPropertyValue(name));
  });
  const image = new Image();
  image.src = `data:image/svg+xml,${encodeURIComponent(new XMLSerializer().serializeToString(copy))}`;
  await image.decode();
  return image;
}

function drawEdge(brush, x, height) {
  brush.fillStyle = '#fff';
  brush.fillRect(x, 0, 2, height);
}

/** The foot of a map sheet: the day shown, approval, source and data; how long a metre is and where north is. */
function drawFoot(brush, width, height, days) {
  const { fontFamily } = getComputedStyle(document.body);
  const credits = [...document.querySelectorAll('.credits span')].map((part) => part.textContent.trim());
  brush.font = `13px ${fontFamily}`;
  brush.textBaseline = 'middle';
  const lines = wrapped(brush, [days, ...credits], width - 2 * EDGE);
  if (brush.measureText(lines.at(-1)).width > width - SCALE) lines.push(''); // the scale has a line of its own
  const top = height - lines.length * LINE - EDGE;
  brush.fillStyle = 'rgb(255 255 255 / .88)';
  brush.fillRect(0, top, width, height - top);
  brush.fillStyle = '#1b201e';
  lines.forEach((line, i) => brush.fillText(line, EDGE, top + EDGE / 2 + LINE * (i + 0.5)));
  drawScale(brush, width - EDGE, height - (EDGE + LINE) / 2);
}

/** Joins parts to lines no wider than `most`. */
function wrapped(brush, parts, most) {
  const lines = [];
  for (const part of parts) {
    const longer = lines.length ? `${lines.at(-1)}   ${part}` : part;
    if (lines.length && brush.measureText(longer).width <= most) lines[lines.length - 1] = longer;
    else lines.push(part);
  }
  return lines;
}

function drawScale(brush, right, y) {
  const [bar, text] = [byId('scale-bar').offsetWidth, byId('scale-text').textContent];
  const turn = new DOMMatrix(getComputedStyle(byId('needle')).transform);
  brush.strokeStyle = brush.fillStyle;
  brush.lineWidth = 1.5;
  brush.save();
  brush.translate(right - 8, y);
  brush.transform(turn.a, turn.b, turn.c, turn.d, 0, 0);
  brush.stroke(new Path2D('M0 8V-8M-4 -2L0 -8L4 -2'));
  brush.restore();
  if (byId('scale').hidden) return;
  brush.textAlign = 'right';
  brush.fillText(text, right - 26, y);
  const end = right - 32 - brush.measureText(text).width;
  brush.stroke(new Path2D(`M${end - bar} ${y - 4}v6h${bar}v-6`));
}

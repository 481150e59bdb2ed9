// Reads the list of a zip's contents, and packs loose files into one without compressing: sizes stay, nothing is kept in memory.

const LOCAL = 0x04034b50;
const CENTRAL = 0x02014b50;
const END = 0x06054b50;
const LONGEST_END = 22 + 65535;
const UTF8_NAME = 0x0800;

const TABLE = Uint32Array.from({ length: 256 }, (_, n) => {
  let c = n;
  for (let bit = 0; bit < 8; bit += 1) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1;
  return c >>> 0;
});

/** The CRC-32 of a file, read piece by piece; `seen` is told how many bytes each piece has. */
export async function crc32(file, seen = () => {}) {
  let crc = 0xffffffff;
  for (let start = 0; start < file.size; start += 1 << 22) {
    const bytes = new Uint8Array(await file.slice(start, start + (1 << 22)).arrayBuffer());
    for (const byte of bytes) crc = TABLE[(crc ^ byte) & 0xff] ^ (crc >>> 8);
    seen(bytes.length);
  }
  return (crc ^ 0xffffffff) >>> 0;
}

/** One zip of these files, stored as they are. */
export async function pack(files, seen) {
  const parts = [];
  const list = [];
  let offset = 0;
  for (const file of files) {
    const name = new TextEncoder().encode(file.name);
    const facts = common(await crc32(file, seen), file.size, name.length);
    parts.push(record([[LOCAL, 4], ...facts]), name, file);
    list.push(record([[CENTRAL, 4], [20, 2], ...facts, [0, 2], [0, 2], [0, 2], [0, 4], [offset, 4]]), name);
    offset += 30 + name.length + file.size;
  }
  const size = list.reduce((sum, part) => sum + part.byteLength, 0);
  const end = record([[END, 4], [0, 2], [0, 2], [files.length, 2], [files.length, 2], [size, 4], [offset, 4], [0, 2]]);
  return new Blob([...parts, ...list, end], { type: 'application/zip' });
}

/** What both records of a file say: version 2.0, UTF-8 name, stored, 1980-01-01, checksum, sizes, name, no extra. */
const common = (crc, size, name) => [[20, 2], [UTF8_NAME, 2], [0, 2], [0, 2], [0x21, 2], [crc, 4], [size, 4], [size, 4], [name, 2], [0, 2]];

function record(fields) {
  const view = new DataView(new ArrayBuffer(fields.reduce((sum, [, width]) => sum + width, 0)));
  let at = 0;
  for (const [value, width] of fields) {
    if (width === 4) view.setUint32(at, value, true); else view.setUint16(at, value, true);
    at += width;
  }
  return view;
}

/** The entries of a zip: `[{name, size, locked}]`, or null where its list cannot be found. */
export async function entries(file) {
  const tail = new DataView(await file.slice(-LONGEST_END).arrayBuffer());
  let at = tail.byteLength - 22;
  while (at >= 0 && tail.getUint32(at, true) !== END) at -= 1;
  if (at < 0) return null;
  const [size, start] = [tail.getUint32(at + 12, true), tail.getUint32(at + 16, true)];
  if (start === 0xffffffff) return [];  // a zip64: the server looks into it
  const list = new DataView(await file.slice(start, start + size).arrayBuffer());
  return list.byteLength === size ? listed(list) : null;
}

function listed(list) {
  const found = [];
  for (let at = 0; at + 46 <= list.byteLength && list.getUint32(at, true) === CENTRAL;) {
    const [name, extra, note] = [28, 30, 32].map((place) => list.getUint16(at + place, true));
    const flags = list.getUint16(at + 8, true);
    const bytes = new Uint8Array(list.buffer, list.byteOffset + at + 46, name);
    found.push({ name: nameText(bytes, flags), size: list.getUint32(at + 24, true), locked: (flags & 1) === 1 });
    at += 46 + name + extra + note;
  }
  return found;
}

/** Names are UTF-8 where marked so, else most likely GBK, as Chinese Windows writes them. */
function nameText(bytes, flags) {
  return new TextDecoder(flags & UTF8_NAME ? 'utf-8' : 'gb18030').decode(bytes);
}

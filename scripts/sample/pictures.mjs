// Small PNG pictures for the conversations, drawn from rectangles: no image library is needed for that.
import { deflateSync } from 'node:zlib';

const table = Array.from({ length: 256 }, (_, index) => {
  let value = index;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? 0xedb88320 ^ (value >>> 1) : value >>> 1;
  return value >>> 0;
});

function checksum(bytes) {
  let value = 0xffffffff;
  for (const byte of bytes) value = table[(value ^ byte) & 255] ^ (value >>> 8);
  return (value ^ 0xffffffff) >>> 0;
}

function chunk(name, data) {
  const bytes = Buffer.alloc(data.length + 12);
  bytes.writeUInt32BE(data.length, 0);
  bytes.write(name, 4, 'latin1');
  data.copy(bytes, 8);
  bytes.writeUInt32BE(checksum(bytes.subarray(4, data.length + 8)), data.length + 8);
  return bytes;
}

/** A picture of `width` x `height` whose pixel at x, y has the colour `[red, green, blue]` that `paint` gives. */
function png(width, height, paint) {
  const rows = Buffer.alloc(height * (1 + width * 3));
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) rows.set(paint(x, y), y * (1 + width * 3) + 1 + x * 3);
  }
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 2, 0, 0, 0], 8); // 8 bits a channel, RGB
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(rows, { level: 9 })),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

function dataUri(bytes) {
  return `data:image/png;base64,${bytes.toString('base64')}`;
}

const paper = [250, 250, 247];
const ink = [36, 62, 92];
const grid = [226, 229, 232];
const water = [88, 148, 190];
const warning = [204, 68, 51];

function inside(x, y, [left, top, width, height]) {
  return x >= left && x < left + width && y >= top && y < top + height;
}

/** A tide curve with a wrong, flat stretch in its middle: what a user would photograph to complain of. */
export function tideChart() {
  const level = (x) => (x > 150 && x < 205 ? 58 : 70 + 38 * Math.sin(x / 24) + 8 * Math.sin(x / 7.3));
  return dataUri(
    png(320, 160, (x, y) => {
      if (x === 20 || y === 140) return ink;
      if (x < 20 || y > 140) return paper;
      const distance = Math.abs(y - level(x));
      if (distance < 1.8) return x > 150 && x < 205 ? warning : ink;
      if (y > level(x)) return water;
      return y % 24 === 0 || x % 40 === 20 ? grid : paper;
    }),
  );
}

/** A phone with a notification on its screen. */
export function phoneScreen() {
  const frame = [70, 10, 100, 180];
  const screen = [76, 22, 88, 156];
  const card = [82, 40, 76, 44];
  const lines = [
    [88, 48, 40, 4],
    [88, 58, 62, 3],
    [88, 65, 58, 3],
    [88, 72, 34, 3],
  ];
  return dataUri(
    png(240, 200, (x, y) => {
      if (lines.some((line) => inside(x, y, line))) return y < 54 ? warning : [120, 126, 133];
      if (inside(x, y, card)) return [255, 255, 255];
      if (inside(x, y, screen)) return [176 - y / 3, 204 - y / 5, 226];
      if (inside(x, y, frame)) return [34, 36, 40];
      return paper;
    }),
  );
}

/** Bars of a week, the last one red. */
export function weekBars() {
  const heights = [42, 55, 38, 61, 47, 52, 96];
  return dataUri(
    png(280, 130, (x, y) => {
      const bar = Math.floor((x - 14) / 37);
      const height = heights[bar];
      if (height !== undefined && (x - 14) % 37 < 26 && y > 116 - height && y <= 116)
        return bar === 6 ? warning : water;
      if (y === 117) return ink;
      return y % 20 === 16 && y < 117 ? grid : paper;
    }),
  );
}

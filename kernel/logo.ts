/** @file The kernel's logo, drawn here: three neurons on a dark ground, as a PNG. */
import { crc32, deflateSync } from "node:zlib";

type Colour = readonly [number, number, number];
const GROUND: Colour = [27, 38, 59];
const LINE: Colour = [119, 141, 169];
const CIRCLES: readonly (readonly [x: number, y: number, radius: number, colour: Colour])[] = [
  [0.27, 0.3, 0.13, [244, 162, 97]],
  [0.27, 0.72, 0.13, [233, 196, 106]],
  [0.74, 0.5, 0.17, [42, 157, 143]],
];

/** @param size edge in pixels */
export function logo(size: number): Uint8Array {
  const rows = Buffer.alloc(size * (1 + size * 3));
  for (let y = 0; y < size; y++)
    for (let x = 0; x < size; x++) rows.set(colourAt((x + 0.5) / size, (y + 0.5) / size), y * (1 + size * 3) + 1 + x * 3);
  const header = Buffer.alloc(13);
  header.writeUInt32BE(size, 0);
  header.writeUInt32BE(size, 4);
  // 8 bits, red green blue
  header.set([8, 2, 0, 0, 0], 8);
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  return Buffer.concat([signature, chunk("IHDR", header), chunk("IDAT", deflateSync(rows)), chunk("IEND", Buffer.alloc(0))]);
}

function colourAt(x: number, y: number): Colour {
  for (const [cx, cy, radius, colour] of CIRCLES) if (Math.hypot(x - cx, y - cy) < radius) return colour;
  const [cx, cy] = CIRCLES[2]!;
  for (const [ax, ay] of CIRCLES.slice(0, 2)) if (distance(x, y, ax!, ay!, cx!, cy!) < 0.025) return LINE;
  return GROUND;
}

/** From a point to the stretch between two others. */
function distance(x: number, y: number, ax: number, ay: number, bx: number, by: number): number {
  const along = Math.min(1, Math.max(0, ((x - ax) * (bx - ax) + (y - ay) * (by - ay)) / ((bx - ax) ** 2 + (by - ay) ** 2)));
  return Math.hypot(x - ax - along * (bx - ax), y - ay - along * (by - ay));
}

function chunk(type: string, data: Uint8Array): Buffer {
  const body = Buffer.concat([Buffer.from(type), data]);
  const made = Buffer.alloc(body.length + 8);
  made.writeUInt32BE(data.length, 0);
  made.set(body, 4);
  made.writeUInt32BE(crc32(body), body.length + 4);
  return made;
}

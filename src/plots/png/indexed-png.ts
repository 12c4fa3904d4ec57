/**
 * @file PNG with a palette of at most 256 colours: a third of the bytes of one with three or four channels, so that a notebook of figures
 * stays small. A figure has few colours but for the soft edges of its letters and lines; where there are more, near ones become one.
 */
import zlib from "node:zlib";

const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
const MOST_COLOURS = 256;

/** @param pixels RGBA, row by row, all opaque */
export function indexedPng(pixels: Uint8ClampedArray, width: number, height: number): Buffer<ArrayBuffer> {
  const colours = new Uint32Array(pixels.buffer, pixels.byteOffset, width * height);
  const palette = paletteOf(colours);
  const places = new Map(palette.map((colour, place) => [colour, place]));
  // one byte a pixel; each row begins with its filter: none
  const rows = Buffer.alloc(height * (width + 1));
  for (let y = 0, at = 0; y < height; y++) {
    at += 1;
    for (let x = 0; x < width; x++, at++) {
      const colour = colours[y * width + x]!;
      let place = places.get(colour);
      if (place === undefined) {
        place = nearest(palette, colour);
        places.set(colour, place);
      }
      rows[at] = place;
    }
  }
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  // 8 bits a pixel, palette, deflate, standard filters, not interlaced
  header.set([8, 3, 0, 0, 0], 8);
  const entries = Buffer.from(palette.flatMap(channels));
  return Buffer.concat([
    SIGNATURE,
    chunk("IHDR", header),
    chunk("PLTE", entries),
    chunk("IDAT", zlib.deflateSync(rows, { level: 9 })),
    chunk("IEND", Buffer.alloc(0)),
  ]);
}

/**
 * The most frequent colours first, each at some distance from those before it: the smallest distance with which 256 are enough, so that no
 * pixel is further than that from its own colour, a colour bar's neither.
 */
function paletteOf(colours: Uint32Array): number[] {
  const counts = new Map<number, number>();
  for (const colour of colours) counts.set(colour, (counts.get(colour) ?? 0) + 1);
  const frequent = [...counts].sort((a, b) => b[1] - a[1] || a[0] - b[0]).map(([colour]) => colour);
  if (frequent.length <= MOST_COLOURS) return frequent;
  for (let apart = 2; ; apart++) {
    const palette: number[] = [];
    for (const colour of frequent) {
      if (palette.length > MOST_COLOURS) break;
      if (palette.every((other) => distance(other, colour) >= apart ** 2)) palette.push(colour);
    }
    if (palette.length <= MOST_COLOURS) return palette;
  }
}

function nearest(palette: readonly number[], colour: number): number {
  let [best, least] = [0, Number.POSITIVE_INFINITY];
  for (const [place, other] of palette.entries()) {
    const apart = distance(other, colour);
    if (apart < least) [best, least] = [place, apart];
  }
  return best;
}

/** Squared, in steps of a channel. */
function distance(one: number, other: number): number {
  const red = (one & 255) - (other & 255);
  const green = ((one >> 8) & 255) - ((other >> 8) & 255);
  const blue = ((one >> 16) & 255) - ((other >> 16) & 255);
  return red * red + green * green + blue * blue;
}

/** Memory order is red, green, blue, alpha: the first lies in the low byte on every machine that Node runs on. */
const channels = (colour: number): [red: number, green: number, blue: number] => [colour & 255, (colour >> 8) & 255, (colour >> 16) & 255];

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, "latin1"), data]);
  const [length, check] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  check.writeUInt32BE(zlib.crc32(body));
  return Buffer.concat([length, body, check]);
}

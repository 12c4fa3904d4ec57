import { test } from "uvu";
import * as assert from "uvu/assert";
import { indexedPng } from "../../../src/plots/png/indexed-png.js";
import { pixelsOf } from "../../support/png.js";

/** RGBA of `colour(x, y)`, each opaque. */
function picture(width: number, height: number, colour: (x: number, y: number) => readonly number[]): Uint8ClampedArray {
  const pixels = new Uint8ClampedArray(4 * width * height);
  for (let y = 0; y < height; y++) for (let x = 0; x < width; x++) pixels.set([...colour(x, y), 255], 4 * (y * width + x));
  return pixels;
}

test("up to 256 colours come out as they are", async () => {
  const pixels = picture(37, 16, (x, y) => [(x * 16 + y) % 256, 7, (x * 16 + y) % 256]);
  const { width, height, data } = await pixelsOf(indexedPng(pixels, 37, 16));
  assert.equal([width, height], [37, 16]);
  assert.equal(data, pixels);
});

test("of more colours none is far from its own, however rare it is beside the ground", async () => {
  // a white ground and, small beside it, 4,096 colours spread over the cube
  const pixels = picture(400, 400, (x, y) =>
    x < 64 && y < 64 ? [17 * (x % 16), 17 * (y % 16), 17 * (Math.floor(x / 16) + 4 * Math.floor(y / 16))] : [255, 255, 255],
  );
  const { data } = await pixelsOf(indexedPng(pixels, 400, 400));
  let furthest = 0;
  for (let pixel = 0; pixel < 400 * 400; pixel++) {
    const apart = [0, 1, 2].map((channel) => data[4 * pixel + channel]! - pixels[4 * pixel + channel]!);
    furthest = Math.max(furthest, Math.hypot(...apart));
  }
  assert.ok(furthest > 0 && furthest < 50, String(furthest));
  assert.equal([...data.slice(-4)], [255, 255, 255, 255]);
});

test.run();

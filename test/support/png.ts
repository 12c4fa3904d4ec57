/** Pixels of PNG files, and how far two pictures are apart. */
import { createCanvas, loadImage } from "@napi-rs/canvas";

export interface Pixels {
  readonly width: number;
  readonly height: number;
  /** RGBA, row by row */
  readonly data: Uint8ClampedArray;
}

export async function pixelsOf(png: Uint8Array): Promise<Pixels> {
  const image = await loadImage(Buffer.from(png));
  const { width, height } = image;
  const context = createCanvas(width, height).getContext("2d");
  context.drawImage(image, 0, 0);
  return { width, height, data: context.getImageData(0, 0, width, height).data };
}

/** Mean absolute difference of a channel, of 255, and the share of pixels of which some channel differs by more than 48. */
export function compared(one: Pixels, other: Pixels): { mean: number; far: number } {
  if (one.width !== other.width || one.height !== other.height)
    throw new Error(`${one.width} x ${one.height} pixels against ${other.width} x ${other.height}`);
  const pixels = one.width * one.height;
  let [sum, far] = [0, 0];
  for (let pixel = 0; pixel < pixels; pixel++) {
    const apart = [0, 1, 2].map((channel) => Math.abs(one.data[4 * pixel + channel]! - other.data[4 * pixel + channel]!));
    sum += apart[0]! + apart[1]! + apart[2]!;
    if (Math.max(...apart) > 48) far += 1;
  }
  return { mean: sum / (3 * pixels), far: far / pixels };
}

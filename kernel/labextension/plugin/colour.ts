/** @file Colours as numbers. */

/** Each from 0 to 255. */
export type Colour = readonly [red: number, green: number, blue: number];

export const css = ([red, green, blue]: Colour): string => `rgb(${red}, ${green}, ${blue})`;

/** The colour that lies at `share` between two. */
export const mix = (from: Colour, to: Colour, share: number): Colour =>
  [0, 1, 2].map((i) => Math.round(from[i]! + (to[i]! - from[i]!) * share)) as unknown as Colour;

/** Relative luminance, from 0 to 1, as WCAG 2 defines it. */
export function luminance(colour: Colour): number {
  const [red, green, blue] = colour.map((one) => (one / 255 <= 0.04045 ? one / 255 / 12.92 : ((one / 255 + 0.055) / 1.055) ** 2.4));
  return 0.2126 * red! + 0.7152 * green! + 0.0722 * blue!;
}

/** Black or white, whichever reads better on the colour. */
export const textOn = (colour: Colour): string => (luminance(colour) > 0.179 ? "#000" : "#fff");

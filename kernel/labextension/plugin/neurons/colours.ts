/** @file Values as colours: one hue from the ground for what is never negative, two where signs differ. Orange and blue stay apart for
 * colour-blind readers. */
import { type Colour, mix } from "../colour.js";

interface Palette {
  readonly ground: Colour;
  readonly positive: Colour;
  readonly negative: Colour;
}

const LIGHT: Palette = { ground: [255, 255, 255], positive: [213, 94, 0], negative: [0, 90, 156] };
const DARK: Palette = { ground: [17, 17, 17], positive: [255, 149, 48], negative: [86, 180, 255] };

export class ColourScale {
  readonly #palette: Palette;

  /**
   * @param most value, either sign, of the full colour
   * @param signed are there negative values?
   * @param curve exponent of the colour's strength over value / most; below 1 it tells small values apart where a few are large
   */
  constructor(
    readonly most: number,
    readonly signed: boolean,
    dark: boolean,
    readonly curve = 1,
  ) {
    this.#palette = dark ? DARK : LIGHT;
  }

  /** The scale of these values; those that are no finite numbers count for nothing. */
  static of(rows: Iterable<Iterable<number>>, dark: boolean, curve?: number): ColourScale {
    let [most, signed] = [0, false];
    for (const row of rows)
      for (const value of row)
        if (Number.isFinite(value)) {
          most = Math.max(most, Math.abs(value));
          signed ||= value < 0;
        }
    return new ColourScale(most, signed, dark, curve);
  }

  at(value: number): Colour {
    const { ground, positive, negative } = this.#palette;
    if (!(this.most > 0) || !Number.isFinite(value)) return ground;
    const strength = Math.min(1, Math.abs(value) / this.most) ** this.curve;
    return mix(ground, value < 0 ? negative : positive, strength);
  }
}

/** A value as it is read: five digits at most. */
export const shortNumber = (value: number): string =>
  Number.isFinite(value) ? String(Number(value.toPrecision(5))).replace("-", "\u2212") : "no value";

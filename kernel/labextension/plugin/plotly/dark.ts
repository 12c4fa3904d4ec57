/**
 * @file A figure made for white ground, on a dark one: greys (ground, ink, grid) become the theme's, from its ground for white to its ink for
 * black, and colours too dark to be seen are made lighter. Colour scales and lists of colours stay: they stand for values.
 */
import { type Colour, luminance, mix } from "../colour.js";

interface Parsed {
  readonly colour: Colour;
  readonly alpha: number;
}

/** Contrast that graphics need, by WCAG 2.1 (1.4.11). */
const CONTRAST = 3;

/** @param ground, ink CSS colours of the theme @returns a changed copy */
export function onDark(figure: unknown, ground: string, ink: string): unknown {
  const [paper, text]: [Colour, Colour] = [parse(ground)?.colour ?? [17, 17, 17], parse(ink)?.colour ?? [230, 230, 230]];
  return walk(figure, "", (value) => {
    const parsed = parse(value);
    if (parsed === undefined) return value;
    const { colour, alpha } = parsed;
    const grey = Math.max(...colour) - Math.min(...colour) <= 8;
    return translucent(grey ? mix(text, paper, colour[0] / 255) : visible(colour, paper), alpha);
  });
}

/** Strings under names that end in `color`. */
function walk(value: unknown, name: string, change: (colour: string) => string): unknown {
  if (typeof value === "string") return /color$/.test(name) ? change(value) : value;
  if (Array.isArray(value)) return value.map((one) => walk(one, "", change));
  if (typeof value !== "object" || value === null || ArrayBuffer.isView(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, walk(one, key, change)]));
}

const pen = document.createElement("canvas").getContext("2d")!;

/** The browser itself reads the colour; undefined for what is none. */
function parse(text: string): Parsed | undefined {
  // what it cannot read leaves the colour as it was, so that two different ones before give two after
  const [first, second] = ["#000000", "#ffffff"].map((before) => {
    pen.fillStyle = before;
    pen.fillStyle = text;
    return pen.fillStyle;
  });
  if (first !== second || first === undefined) return undefined;
  if (first.startsWith("#")) {
    const colour = [1, 3, 5].map((at) => Number.parseInt(first.slice(at, at + 2), 16));
    return { colour: colour as unknown as Colour, alpha: 1 };
  }
  const [red, green, blue, alpha] = first.match(/[\d.]+/g)!.map(Number);
  return { colour: [red!, green!, blue!], alpha: alpha ?? 1 };
}

/** The colour, or what is made of it by just as much white as it needs to stand out from the ground. */
function visible(colour: Colour, ground: Colour): Colour {
  for (let white = 0; white < 1; white += 0.05) {
    const lighter = mix(colour, [255, 255, 255], white);
    if ((luminance(lighter) + 0.05) / (luminance(ground) + 0.05) >= CONTRAST) return lighter;
  }
  return [255, 255, 255];
}

const translucent = ([red, green, blue]: Colour, alpha: number): string => `rgba(${red}, ${green}, ${blue}, ${alpha})`;

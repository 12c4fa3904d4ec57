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

/** Of a canvas: reads colours as CSS has them. */
export interface Pen {
  fillStyle: unknown;
}

/** A place inside a figure, from the outside in, and the colour that belongs there. */
export type Recolouring = readonly [path: readonly (string | number)[], colour: string];

/** Does the figure bring a look of its own, for which its colours were chosen? */
export function hasTemplate(figure: unknown): boolean {
  const template = (figure as { layout?: { template?: { data?: object; layout?: object } } }).layout?.template;
  return Object.keys({ ...template?.data, ...template?.layout }).length > 0;
}

/**
 * @param ground, ink CSS colours of the theme
 * @returns what changes; nothing for a figure with a template
 */
export function onDark(figure: unknown, ground: string, ink: string, pen: Pen): Recolouring[] {
  if (hasTemplate(figure)) return [];
  const [paper, text]: [Colour, Colour] = [parse(ground, pen)?.colour ?? [17, 17, 17], parse(ink, pen)?.colour ?? [230, 230, 230]];
  return coloursOf(figure, "", []).flatMap(([path, value]): Recolouring[] => {
    const parsed = parse(value, pen);
    if (parsed === undefined) return [];
    const { colour, alpha } = parsed;
    const grey = Math.max(...colour) - Math.min(...colour) <= 8;
    return [[path, translucent(grey ? mix(text, paper, colour[0] / 255) : visible(colour, paper), alpha)]];
  });
}

/** Strings under names that end in `color`. */
function coloursOf(value: unknown, name: string, path: readonly (string | number)[]): Recolouring[] {
  if (typeof value === "string") return /color$/.test(name) ? [[path, value]] : [];
  if (Array.isArray(value)) return value.flatMap((one, i) => coloursOf(one, "", [...path, i]));
  if (typeof value !== "object" || value === null || ArrayBuffer.isView(value)) return [];
  return Object.entries(value).flatMap(([key, one]) => coloursOf(one, key, [...path, key]));
}

/** Puts the colours into a figure. */
export function recolour(figure: object, changes: readonly Recolouring[]): void {
  for (const [path, colour] of changes) {
    let at = figure as Record<string | number, unknown>;
    for (const key of path.slice(0, -1)) at = at[key] as typeof at;
    at[path.at(-1)!] = colour;
  }
}

/** The canvas itself reads the colour; undefined for what is none. */
function parse(text: string, pen: Pen): Parsed | undefined {
  // what it cannot read leaves the colour as it was, so that two different ones before give two after
  const [first, second] = ["#000000", "#ffffff"].map((before) => {
    pen.fillStyle = before;
    pen.fillStyle = text;
    return pen.fillStyle as string;
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

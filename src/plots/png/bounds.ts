/** @file Where the elements of an SVG lie: as much of a browser's layout as plotly asks for. */
import { createCanvas } from "@napi-rs/canvas";

/** The part of a DOM element that layout needs. */
export interface SvgElement {
  readonly tagName: string;
  readonly textContent: string | null;
  readonly children: ArrayLike<SvgElement>;
  readonly parentElement: SvgElement | null;
  readonly style?: { getPropertyValue(name: string): string };
  getAttribute(name: string): string | null;
}

export interface Bounds {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
  readonly width: number;
  readonly height: number;
}

/** Columns of an affine map, as in SVG: `x' = a x + c y + e`, `y' = b x + d y + f`. */
type Transform = readonly [a: number, b: number, c: number, d: number, e: number, f: number];

const NOTHING = bounds(0, 0, 0, 0);
/** Open Sans: height of a line above and below its base line, in units of the font size */
const ASCENT = 1.07;
const DESCENT = 0.29;
const ruler = createCanvas(1, 1).getContext("2d");

/** Bounds of an element in its parent's coordinates. Paths count as nothing: plotly asks for the bounds of text and boxes alone. */
export function boundsOf(element: SvgElement): Bounds {
  return moved(ownBounds(element), transformOf(element.getAttribute("transform") ?? ""));
}

function ownBounds(element: SvgElement): Bounds {
  switch (element.tagName.toLowerCase()) {
    case "text":
      return textBounds(element);
    case "rect":
    case "image": {
      const [x, y, width, height] = ["x", "y", "width", "height"].map((name) => number(element, name));
      return bounds(x, y, x + width, y + height);
    }
    case "tspan":
      return lineBounds(element, element.textContent ?? "", 0, 0);
    case "g":
    case "svg":
      return union(Array.from(element.children, boundsOf));
    default:
      return NOTHING;
  }
}

/** Lines are tspans of plotly's class `line`, each moved down from the first by its `dy`. */
function textBounds(element: SvgElement): Bounds {
  const [x, y] = [number(element, "x"), number(element, "y")];
  const lines = Array.from(element.children).filter((child) => child.getAttribute("class") === "line");
  if (lines.length === 0) return lineBounds(element, element.textContent ?? "", x, y);
  const size = fontSize(element);
  return union(
    lines.map((line) => lineBounds(line, line.textContent ?? "", x, y + Number.parseFloat(line.getAttribute("dy") ?? "0") * size)),
  );
}

function lineBounds(element: SvgElement, text: string, x: number, y: number): Bounds {
  const size = fontSize(element);
  ruler.font = `${inherited(element, "font-weight") || "normal"} ${size}px ${inherited(element, "font-family") || "Open Sans"}`;
  const { width } = ruler.measureText(text);
  const anchor = inherited(element, "text-anchor");
  const left = x - (anchor === "end" ? width : anchor === "middle" ? width / 2 : 0);
  return bounds(left, y - ASCENT * size, left + width, y + DESCENT * size);
}

const fontSize = (element: SvgElement): number => Number.parseFloat(inherited(element, "font-size")) || 12;

function inherited(element: SvgElement, property: string): string {
  for (let at: SvgElement | null = element; at; at = at.parentElement) {
    const value = at.style?.getPropertyValue(property) || at.getAttribute(property);
    if (value) return value;
  }
  return "";
}

const number = (element: SvgElement, name: string): number => Number.parseFloat(element.getAttribute(name) ?? "0") || 0;

function bounds(left: number, top: number, right: number, bottom: number): Bounds {
  return { left, top, right, bottom, width: right - left, height: bottom - top };
}

function union(parts: readonly Bounds[]): Bounds {
  const shown = parts.filter(({ width, height }) => width > 0 || height > 0);
  if (shown.length === 0) return NOTHING;
  return bounds(
    Math.min(...shown.map(({ left }) => left)),
    Math.min(...shown.map(({ top }) => top)),
    Math.max(...shown.map(({ right }) => right)),
    Math.max(...shown.map(({ bottom }) => bottom)),
  );
}

function moved({ left, top, right, bottom }: Bounds, [a, b, c, d, e, f]: Transform): Bounds {
  const corners = [left, right].flatMap((x) => [top, bottom].map((y) => [a * x + c * y + e, b * x + d * y + f] as const));
  const [xs, ys] = [corners.map(([x]) => x), corners.map(([, y]) => y)];
  return bounds(Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys));
}

function transformOf(attribute: string): Transform {
  let whole: Transform = [1, 0, 0, 1, 0, 0];
  for (const [, name, list] of attribute.matchAll(/(\w+)\(([^)]*)\)/g)) {
    const numbers = list!.split(/[\s,]+/).map(Number);
    whole = product(whole, step(name!, numbers));
  }
  return whole;
}

function step(name: string, [p = 0, q, r]: readonly number[]): Transform {
  if (name === "translate") return [1, 0, 0, 1, p, q ?? 0];
  if (name === "scale") return [p, 0, 0, q ?? p, 0, 0];
  if (name !== "rotate") return [1, 0, 0, 1, 0, 0];
  const [cos, sin] = [Math.cos((p * Math.PI) / 180), Math.sin((p * Math.PI) / 180)];
  const [x, y] = [q ?? 0, r ?? 0];
  return [cos, sin, -sin, cos, x - cos * x + sin * y, y - sin * x - cos * y];
}

function product([a, b, c, d, e, f]: Transform, [p, q, r, s, t, u]: Transform): Transform {
  return [a * p + c * q, b * p + d * q, a * r + c * s, b * r + d * s, a * t + c * u + e, b * t + d * u + f];
}

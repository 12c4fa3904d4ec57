import { OptionError, ShapeError } from "../errors.js";
import { Figure, type PlotlyObject } from "./figure.js";
import { short } from "./numbers.js";
import { axis, DIVERGING, layout, SEQUENTIAL } from "./style.js";
import { sparkline, textTable, titled } from "./text.js";

export interface HeatmapOptions {
  title?: string;
  /** names of rows, top to bottom, and of columns; default: their numbers */
  rows?: readonly string[];
  columns?: readonly string[];
  /** titles of the axes */
  x?: string;
  y?: string;
  /** title of the colour bar: what a cell shows, with its unit */
  unit?: string;
  /** values at the ends of the colour bar; default: those of the data */
  range?: readonly [low: number, high: number];
  /** colours that part at 0, for values of both signs; default: where there are any below 0 and above 0 */
  diverging?: boolean;
  /** write each value into its cell; default: up to 12 × 12 cells */
  values?: boolean;
}

/** more cells would make a notebook large and could not be told apart */
const MOST_CELLS = 20_000;
const MOST_WRITTEN = 12;

/**
 * A matrix as colours, e.g. Spearman's correlation of the change scores of preference sets (arXiv 2406.14144, figure 3a). Row 0 is the
 * upper one; `NaN` leaves a cell empty.
 *
 * @throws ShapeError for rows of unequal length or names of another number
 * @throws OptionError for none or more than 20,000 cells
 */
export function heatmap(matrix: readonly ArrayLike<number>[], options: HeatmapOptions = {}): Figure {
  const cells = checked(matrix);
  const [height, width] = [cells.length, cells[0]!.length];
  const rows = names("rows", options.rows, height);
  const columns = names("columns", options.columns, width);
  const known = cells.flat().filter(Number.isFinite);
  const { title, x = "", y = "", unit = "", diverging = known.some((v) => v < 0) && known.some((v) => v > 0) } = options;
  const written = options.values ?? (height <= MOST_WRITTEN && width <= MOST_WRITTEN);
  return new Figure({
    data: [
      {
        type: "heatmap",
        z: cells,
        x: columns,
        y: rows,
        xgap: written ? 1 : 0,
        ygap: written ? 1 : 0,
        colorbar: { title: { text: unit, side: "right" }, outlinewidth: 0, thickness: 16 },
        ...colours(known, diverging, options.range),
        ...(written && { texttemplate: "%{text}", text: cells.map((row) => row.map((v) => (Number.isFinite(v) ? decimals(v) : ""))) }),
        hovertemplate: `%{y}, %{x}: %{z}<extra></extra>`,
      },
    ],
    layout: layout(title, {
      height: written ? Math.max(300, 140 + 34 * height) : 400,
      // names stay names even where they read as numbers
      xaxis: axis(x, { type: options.columns ? "category" : "-", ticks: written ? "" : "outside", showline: false }),
      yaxis: axis(y, { type: options.rows ? "category" : "-", autorange: "reversed", ticks: written ? "" : "outside", showline: false }),
    }),
    text: titled(title, ...(unit ? [unit] : []), heatmapText(cells, rows, columns)),
  });
}

function colours(known: readonly number[], diverging: boolean, range: HeatmapOptions["range"]): PlotlyObject {
  const [least, most] = range ?? [Math.min(...known), Math.max(...known)];
  if (!(least <= most)) throw new OptionError("range", range, "[low, high], low first");
  const end = Math.max(Math.abs(least), Math.abs(most));
  if (diverging) return { colorscale: DIVERGING, zmin: range ? least : -end, zmax: range ? most : end };
  return { colorscale: SEQUENTIAL, zmin: least, zmax: most };
}

function heatmapText(cells: readonly number[][], rows: readonly string[], columns: readonly string[]): string {
  if (columns.length <= MOST_WRITTEN)
    return textTable(
      ["", ...columns],
      cells.map((row, i) => [rows[i]!, ...row.map(decimals)]),
    );
  return cells.map((row, i) => `${rows[i]!.padStart(Math.max(...rows.map(({ length }) => length)))}  ${sparkline(row)}`).join("\n");
}

/** Two decimals where they say something: in a matrix, numbers of one form are read faster. */
const decimals = (value: number): string =>
  Number.isFinite(value) && Math.abs(value) < 10 && !Number.isInteger(value) ? value.toFixed(2) : short(value);

function checked(matrix: readonly ArrayLike<number>[]): number[][] {
  if (!Array.isArray(matrix) || matrix.length === 0) throw new OptionError("matrix", matrix, "a list of rows of numbers");
  const cells = matrix.map((row) => Array.from(row as ArrayLike<number>));
  const width = cells[0]!.length;
  const other = cells.findIndex((row) => row.length !== width);
  if (other >= 0) throw new ShapeError("heatmap", `row ${other} has ${cells[other]!.length} cells, row 0 has ${width}`, [[width]]);
  if (width === 0 || width * cells.length > MOST_CELLS)
    throw new OptionError("matrix", `${cells.length} × ${width} cells`, `from 1 to ${MOST_CELLS} cells; take means over neighbours first`);
  if (!cells.flat().some(Number.isFinite)) throw new OptionError("matrix", "no finite number", "at least one");
  return cells;
}

function names(option: "rows" | "columns", given: readonly string[] | undefined, count: number): string[] {
  if (given === undefined) return Array.from({ length: count }, (_, i) => String(i));
  if (given.length !== count) throw new ShapeError("heatmap", `${given.length} names for ${count} ${option}`, [[given.length], [count]]);
  if (new Set(given).size !== count) throw new OptionError(option, given, "a name of its own for each");
  return [...given];
}

/** @file JSON results and texts of a notebook against those of its rerun, cell by cell. */
import { jsonDifferences, sameText } from "./compare-values.js";
import { PLOTLY, type Shown } from "./results.js";

/** Differences that one result shows. */
const SHOWN = 3;
/** Figures keep six digits of each number: rounding may turn the last one. */
const FIGURE_TOLERANCE = 1.000001e-5;
const LONGEST = 120;

export interface ResultDifference {
  readonly cell: number;
  /** MIME type, or `text` */
  readonly what: string;
  /** place within the result; of a text: `line 3` */
  readonly at: string;
  readonly expected: unknown;
  readonly got: unknown;
}

/** @returns how many results were compared, and where they differ */
export function compareResults(
  expected: readonly Shown[],
  got: readonly Shown[],
  tolerance: number,
): { compared: number; differences: ResultDifference[] } {
  let compared = 0;
  const differences: ResultDifference[] = [];
  for (const { cell, results, texts } of expected) {
    const other = got.find((one) => one.cell === cell) ?? { results: [], texts: [] };
    compared += results.length + texts.length;
    const [theirs, ours] = [results, other.results].map((list) => list.map(({ type }) => type)) as [string[], string[]];
    if (theirs.join() !== ours.join()) differences.push({ cell, what: "results", at: "", expected: theirs, got: ours });
    else
      for (const [i, { type, value }] of results.entries()) {
        const allowed = type === PLOTLY ? tolerance + FIGURE_TOLERANCE : tolerance;
        let shown = 0;
        for (const difference of jsonDifferences(value, other.results[i]!.value, allowed)) {
          if (shown++ === SHOWN) break;
          differences.push({ cell, what: type, ...difference });
        }
      }
    if (texts.length !== other.texts.length)
      differences.push({ cell, what: "texts", at: "", expected: texts.length, got: other.texts.length });
    else for (const [i, text] of texts.entries()) differences.push(...textDifference(cell, text, other.texts[i]!, tolerance));
  }
  return { compared, differences };
}

/** The first line that differs. */
function textDifference(cell: number, expected: string, got: string, tolerance: number): ResultDifference[] {
  if (sameText(expected, got, tolerance)) return [];
  const [theirs, ours] = [expected.split("\n"), got.split("\n")];
  const line = theirs.findIndex((text, i) => !sameText(text, ours[i] ?? "", tolerance));
  const at = line < 0 ? theirs.length : line;
  const cut = (text: string | undefined) => (text === undefined ? null : text.slice(0, LONGEST));
  return [{ cell, what: "text", at: `line ${at + 1}`, expected: cut(theirs[at]), got: cut(ours[at]) }];
}

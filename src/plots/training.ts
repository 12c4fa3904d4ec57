import type { Evaluation, TrainingProgress, TrainingRecord, TrainingStep } from "../training/training.js";
import { Figure, type PlotlyObject } from "./figure.js";
import { short } from "./numbers.js";
import { type Series, seriesOf } from "./series.js";
import { axis, colour, dash, layout, marker } from "./style.js";
import { sparkline, textTable, titled } from "./text.js";

export interface TrainingFigureOptions {
  title?: string;
}

/** What a training returns, its `history`, or what it reported so far. */
export type TrainingSteps = Pick<TrainingRecord, "history" | "evaluations"> | readonly (TrainingStep | TrainingProgress)[];

interface Curve {
  readonly step: number[];
  readonly value: number[];
}

interface Run {
  readonly steps: number;
  /** means over as many steps as one point shows */
  readonly together: number;
  readonly trained: ReadonlyMap<Measure, Curve>;
  readonly heldOut: ReadonlyMap<Measure, Curve>;
}

const MEASURES = ["loss", "accuracy", "margin"] as const;
type Measure = (typeof MEASURES)[number];
const TITLES: Record<Measure, string> = { loss: "Loss", accuracy: "Accuracy", margin: "Margin" };
/** points of a line; a step more would not be seen */
const MOST_POINTS = 240;

/**
 * A training: loss by step and, for preferences, the share of pairs that are ranked right and their margin; what was measured on held-out
 * examples (`evaluate` that gives a loss, or what `sftFit` and `dpoFit` give) as points. Long trainings are shown by means over
 * neighbouring steps.
 *
 * @param data a training's record, its steps, its progress so far, or several of these by name
 * @throws OptionError for anything else
 */
export function training(
  data: TrainingSteps | Readonly<Record<string, TrainingSteps>>,
  { title = "Training" }: TrainingFigureOptions = {},
): Figure {
  const runs = seriesOf(data, isSteps, "a training's record, its history, or its progress").map(
    ([name, one]) => [name, runOf(one)] as const,
  );
  const shown = MEASURES.filter((measure) => runs.some(([, run]) => run.trained.has(measure) || run.heldOut.has(measure)));
  const together = Math.max(...runs.map(([, run]) => run.together));
  return new Figure({
    data: shown.flatMap((measure, row) => runs.flatMap(([name, run], i) => lines(name, run, measure, row, i))),
    layout: layout(title, {
      height: shown.length === 1 ? 400 : 130 + 160 * shown.length,
      xaxis: axis(together === 1 ? "Step" : `Step (means of about ${together})`, {
        anchor: `y${shown.length === 1 ? "" : shown.length}`,
        rangemode: "tozero",
      }),
      ...Object.fromEntries(
        shown.map((measure, row) => [
          `yaxis${row === 0 ? "" : row + 1}`,
          axis(TITLES[measure], { showgrid: true, domain: panel(row, shown.length) }),
        ]),
      ),
      showlegend: runs.length > 1 || runs.some(([, run]) => run.heldOut.size > 0),
    }),
    text: trainingText(runs, shown, title),
  });
}

/** between two panels, as a share of the height */
const GAP = 0.06;

/** Panels from top to bottom with a gap between. */
function panel(row: number, rows: number): [number, number] {
  const height = 1 / rows;
  return [1 - (row + 1) * height + (row === rows - 1 ? 0 : GAP / 2), 1 - row * height - (row === 0 ? 0 : GAP / 2)];
}

function lines(name: string, run: Run, measure: Measure, row: number, i: number): PlotlyObject[] {
  const yaxis = `y${row === 0 ? "" : row + 1}`;
  const [trained, heldOut] = [run.trained.get(measure), run.heldOut.get(measure)];
  const common = { type: "scatter", yaxis, hovertemplate: `step %{x}: %{y}` };
  const firstRow = row === 0;
  return [
    ...(trained === undefined
      ? []
      : [
          {
            ...common,
            mode: trained.step.length === 1 ? "markers" : "lines",
            name: name || "training",
            ...{ x: trained.step, y: trained.value },
            line: { color: colour(i), width: 1.8, dash: dash(i) },
            ...{ legendgroup: `${i}`, showlegend: firstRow },
          },
        ]),
    ...(heldOut === undefined
      ? []
      : [
          {
            ...common,
            mode: "markers",
            name: name ? `${name}, held out` : "held out",
            ...{ x: heldOut.step, y: heldOut.value },
            marker: { color: colour(i), size: 9, symbol: `${marker(i)}-open`, line: { width: 2 } },
            ...{ legendgroup: `held out ${i}`, showlegend: firstRow },
          },
        ]),
  ];
}

function runOf(given: TrainingSteps): Run {
  const record = "history" in given;
  const steps = record ? given.history : given;
  const together = Math.ceil(steps.length / MOST_POINTS);
  const trained = new Map<Measure, Curve>();
  for (const measure of MEASURES) {
    const known = steps.flatMap((one, i) => {
      const value = (one as TrainingStep)[measure];
      return typeof value === "number" && Number.isFinite(value) ? [{ step: "done" in one ? one.done : i + 1, value }] : [];
    });
    if (known.length > 0) trained.set(measure, means(known, together));
  }
  return { steps: steps.length, together, trained, heldOut: evaluated(record ? given.evaluations : []) };
}

function means(known: readonly { step: number; value: number }[], together: number): Curve {
  const curve: Curve = { step: [], value: [] };
  const points = Math.ceil(known.length / together);
  const edge = (i: number) => Math.round((i * known.length) / points);
  for (let i = 0; i < points; i++) {
    const part = known.slice(edge(i), edge(i + 1));
    curve.step.push(part.at(-1)!.step);
    curve.value.push(part.reduce((sum, { value }) => sum + value, 0) / part.length);
  }
  return curve;
}

/** A bare number is taken for a loss; of an object its loss, accuracy and margin, where they are numbers. */
function evaluated(evaluations: readonly Evaluation[] = []): Map<Measure, Curve> {
  const found = new Map<Measure, Curve>();
  for (const { step, value } of evaluations)
    for (const measure of MEASURES) {
      const number =
        typeof value === "number" ? (measure === "loss" ? value : undefined) : (value as Record<string, unknown> | null)?.[measure];
      if (typeof number !== "number" || !Number.isFinite(number)) continue;
      const curve = found.get(measure) ?? { step: [], value: [] };
      curve.step.push(step);
      curve.value.push(number);
      found.set(measure, curve);
    }
  return found;
}

function trainingText(runs: Series<Run>, shown: readonly Measure[], title: string): string {
  const rows = runs.flatMap(([name, { steps, trained, heldOut }]) =>
    shown.flatMap((measure) =>
      [["", trained.get(measure)] as const, ["held-out ", heldOut.get(measure)] as const].flatMap(([which, curve]) =>
        curve === undefined
          ? []
          : [
              [
                name || `${steps} steps`,
                `${which}${measure}`,
                short(curve.value[0]),
                short(curve.value.at(-1)),
                sparkline(thinned(curve.value)),
              ],
            ],
      ),
    ),
  );
  return titled(title, textTable(["", "", "first", "last", ""], rows));
}

const thinned = (values: readonly number[]): number[] => {
  const step = Math.ceil(values.length / 60);
  return values.filter((_, i) => i % step === 0);
};

function isSteps(value: unknown): value is TrainingSteps {
  const list = typeof value === "object" && value !== null && "history" in value ? value.history : value;
  return (
    Array.isArray(list) &&
    list.length > 0 &&
    list.every((step) => typeof step === "object" && step !== null && typeof step.loss === "number")
  );
}

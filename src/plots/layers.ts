import { OptionError } from "../errors.js";
import type { ScoreKind } from "../neurons/change-scores.js";
import { NeuronSet } from "../neurons/neuron-set.js";
import { Figure } from "./figure.js";
import { grouped } from "./numbers.js";
import { isScores, type RankingScores } from "./scores.js";
import { type Series, seriesOf } from "./series.js";
import { axis, colour, layout, ordered } from "./style.js";
import { bar, textTable, titled } from "./text.js";

export interface LayersOptions {
  title?: string;
  /** of change scores: how many neurons, a share below 1 or a count; default 0.05 */
  top?: number;
  /** of change scores: what ranks them; default `"change"` */
  score?: ScoreKind;
  /** groups of equal size by rank, the first ranks at the bottom; default 4 for change scores and sets, as in the paper */
  groups?: number;
}

type LayerCounts = NeuronSet | ArrayLike<number>;

/**
 * In which layers neurons lie: the top of change scores or a set in groups by rank (arXiv 2406.14144, figure 5b), or several sets side by
 * side.
 *
 * @param data change scores, a set, counts a layer (`perLayer()`), or sets or counts by name
 * @throws OptionError for anything else
 */
export function layers(data: RankingScores | LayerCounts | Readonly<Record<string, LayerCounts>>, options: LayersOptions = {}): Figure {
  const set = isScores(data) ? data.top(options.top ?? 0.05, { score: options.score }) : data;
  if (set instanceof NeuronSet) return draw(byRank(set, options.groups ?? 4), "stack", `Layers of ${grouped(set.count)} neurons`, options);
  const series = seriesOf(set, isCounts, "a NeuronSet or counts a layer").map(([name, one]) => [name, countsOf(one, name)] as const);
  return draw(series, "group", "Layers of neurons", options);
}

function byRank(set: NeuronSet, groups: number): Series<number[]> {
  if (!Number.isInteger(groups) || groups < 1 || groups > 7) throw new OptionError("groups", groups, "a whole number in [1, 7]");
  const edge = (i: number) => Math.round((i * set.count) / groups);
  return Array.from({ length: groups }, (_, i) => {
    const [from, to] = [edge(i), edge(i + 1)];
    return [groups === 1 ? "" : `ranks ${grouped(from + 1)}–${grouped(to)}`, [...set.window(from, to).perLayer()]];
  });
}

function draw(series: Series<number[]>, barmode: "stack" | "group", heading: string, { title = heading }: LayersOptions): Figure {
  const count = Math.max(...series.map(([, counts]) => counts.length));
  const layer = Array.from({ length: count }, (_, i) => i);
  const colours = barmode === "stack" ? ordered(series.length) : series.map((_, i) => colour(i));
  const named = series.some(([name]) => name !== "");
  return new Figure({
    data: series.map(([name, counts], i) => ({
      type: "bar",
      name,
      x: layer,
      y: counts,
      marker: { color: colours[i] },
      hovertemplate: "layer %{x}: %{y} neurons",
    })),
    layout: layout(title, {
      barmode,
      bargap: 0.15,
      xaxis: axis("Layer", count <= 16 ? { dtick: 1 } : {}),
      yaxis: axis("Neurons", { showgrid: true }),
      showlegend: named,
    }),
    text: layersText(series, layer, title, barmode),
  });
}

function layersText(series: Series<number[]>, layer: readonly number[], title: string, barmode: "stack" | "group"): string {
  const totals = layer.map((at) => series.reduce((sum, [, counts]) => sum + (counts[at] ?? 0), 0));
  const most = Math.max(1, ...totals);
  const single = series.length === 1;
  const head = ["layer", ...(single ? ["neurons"] : series.map(([name]) => name)), ""];
  const rows = layer.map((at) => {
    const counts = series.map(([, one]) => grouped(one[at] ?? 0));
    return [String(at), ...counts, single || barmode === "stack" ? bar(totals[at]!, most) : ""];
  });
  return titled(title, textTable(head, rows));
}

function countsOf(counts: LayerCounts, name: string): number[] {
  const list = Array.from(counts instanceof NeuronSet ? counts.perLayer() : counts);
  const wrong = list.findIndex((count) => !(Number.isFinite(count) && count >= 0));
  if (wrong >= 0) throw new OptionError(`${name}[${wrong}]`, list[wrong], "a number of neurons");
  return list;
}

function isCounts(value: unknown): value is LayerCounts {
  if (value instanceof NeuronSet) return true;
  return (Array.isArray(value) || ArrayBuffer.isView(value)) && (value as ArrayLike<number>).length > 0;
}

import { OptionError } from "../errors.js";
import type { Activations } from "../neurons/activations.js";
import type { Capture } from "../neurons/capture.js";
import type { ScoreKind } from "../neurons/change-scores.js";
import type { Neuron } from "../neurons/neuron.js";
import { NeuronSet } from "../neurons/neuron-set.js";
import { Figure } from "./figure.js";
import { NEURON_VIEW, type NeuronView, type NeuronViewText } from "./neuron-view.js";
import { grouped, quantile, short } from "./numbers.js";
import { isScores, type RankingScores, scoreName, valuesOf } from "./scores.js";
import { axis, layout, SEQUENTIAL } from "./style.js";
import { sparkline, textTable, titled } from "./text.js";
import { tokensHtml } from "./token-html.js";
import { activationTexts, checkTexts, type Pieces, type TokenText, tokenScale } from "./token-text.js";

export interface NeuronsOptions {
  title?: string;
  /** of change scores: which; default `"change"` */
  score?: ScoreKind;
  /** how many of the first neurons by rank are named, and shown on the texts; default 10 */
  show?: number;
  /** captured activations of `hook_post` sites: the texts to show neurons on; neurons of other layers are left out then */
  capture?: Capture;
  /** with `capture`: `await model.tokenizer()` */
  tokenizer?: Pieces;
}

/** columns of the map: as many as can be told apart, so that the figure stays small */
const MOST_BINS = 96;
/** share of the map's cells that have colours of their own; what is above has the lightest */
const COLOURED = 0.98;
/** of the HTML that front ends without the neuron view show */
const MOST_HTML = 3;

/**
 * All neurons of a model as a map of layers, with the first neurons by rank and, of captured activations, what these do on each token. In
 * JupyterLab with the plugin a reader selects neurons there and gets the code of their NeuronSet; elsewhere it is a heat map, whose colours
 * end at the 98 % quantile.
 *
 * @param data scores that rank neurons, or a set: its members
 * @throws OptionError for a capture without a tokenizer or without `hook_post` of any layer
 */
export function neurons(data: RankingScores | NeuronSet, options: NeuronsOptions = {}): Figure {
  const { show = 10, score, capture } = options;
  if (!(isScores(data) || data instanceof NeuronSet)) throw new OptionError("data", data, "change scores or a NeuronSet");
  if (!Number.isInteger(show) || show < 1 || show > 100) throw new OptionError("show", show, "a whole number in [1, 100]");
  const sites = capture && postSites(capture);
  const shown = firstNeurons(data, show, score, sites);
  const texts = sites ? textsOf(shown, sites, options.tokenizer) : [];
  const [scores, unit, ofAll] = isScores(data)
    ? [valuesOf(data, score), scoreName(data), `${scoreName(data)}s by layer and neuron`]
    : [data.mask(), "members", `${grouped(data.count)} neurons of a set`];
  const bins = Math.min(MOST_BINS, data.neurons);
  const map = binned(scores, data.layers, data.neurons, bins, data instanceof NeuronSet);
  const { title = `${ofAll.charAt(0).toUpperCase()}${ofAll.slice(1)}` } = options;
  const view: NeuronView = {
    version: 1,
    title,
    model: data.model,
    neurons: shown.map(([layer, neuron]) => ({ layer, neuron })),
    texts: texts.map(({ view }) => view),
    map: { layers: data.layers, neurons: data.neurons, values: map, ...(bins < data.neurons && { bins }) },
    unit: sites ? "activation" : unit,
  };
  const width = data.neurons / bins;
  const middles = Array.from({ length: bins }, (_, b) => (b + 0.5) * width);
  return new Figure({
    data: [
      {
        type: "heatmap",
        z: map,
        x: middles,
        colorscale: SEQUENTIAL,
        // a few scores far above all others would leave the rest in the dark
        zmin: 0,
        zmax: quantile(map.flat(), COLOURED) || 1,
        colorbar: {
          title: {
            text: bins < data.neurons ? `${unit} (${isScores(data) ? "largest of " : "of "}${short(width)})` : unit,
            side: "right",
          },
          outlinewidth: 0,
          thickness: 16,
        },
        hovertemplate: "layer %{y}, neurons about %{x}: %{z}<extra></extra>",
      },
      {
        type: "scatter",
        mode: "markers",
        name: `first ${shown.length}`,
        x: shown.map(([, neuron]) => neuron),
        y: shown.map(([layer]) => layer),
        marker: { symbol: "circle-open", size: 11, color: "#FF4D00", line: { width: 2 } },
        hovertemplate: "layer %{y}, neuron %{x}<extra></extra>",
      },
    ],
    layout: layout(title, {
      height: Math.min(640, Math.max(320, 130 + 11 * data.layers)),
      xaxis: axis("Neuron", { range: [0, data.neurons] }),
      yaxis: axis("Layer", { range: [-0.5, data.layers - 0.5] }),
      showlegend: false,
    }),
    text: neuronsText(shown, scores, data, title, unit, texts),
    other: { ...(texts.length > 0 && { "text/html": html(shown, texts) }), [NEURON_VIEW]: view },
  });
}

function firstNeurons(
  data: RankingScores | NeuronSet,
  show: number,
  score: ScoreKind | undefined,
  sites: ReadonlyMap<number, Activations> | undefined,
): Neuron[] {
  const ranked = isScores(data) ? data.ranked(score) : Uint32Array.from(data, ([layer, one]) => layer * data.neurons + one);
  const found: Neuron[] = [];
  for (const flat of ranked) {
    const layer = Math.floor(flat / data.neurons);
    if (sites && !sites.has(layer)) continue;
    found.push([layer, flat % data.neurons]);
    if (found.length === show) break;
  }
  if (found.length === 0) throw new OptionError("data", String(data), sites ? "neurons of the captured layers" : "at least one neuron");
  return found;
}

function postSites({ sites }: Capture): Map<number, Activations> {
  const found = new Map<number, Activations>();
  for (const [site, activations] of sites) {
    const layer = /^blocks\.(\d+)\.mlp\.hook_post$/.exec(site)?.[1];
    if (layer !== undefined) found.set(Number(layer), activations);
  }
  if (found.size === 0) throw new OptionError("capture", [...sites.keys()], 'sites "blocks.N.mlp.hook_post", whose units are neurons');
  return found;
}

interface ShownText {
  readonly view: NeuronViewText;
  /** the text with the values of each shown neuron */
  readonly neurons: readonly TokenText[];
}

function textsOf(shown: readonly Neuron[], sites: ReadonlyMap<number, Activations>, tokenizer: Pieces | undefined): ShownText[] {
  const byNeuron = shown.map(([layer, index]) => checkTexts(activationTexts(sites.get(layer)!, index, tokenizer)));
  return byNeuron[0]!.map(({ tokens }, text) => {
    const neurons = byNeuron.map((texts) => texts[text]!);
    return { neurons, view: { tokens, values: neurons.map(({ values }) => Array.from(values)) } };
  });
}

function binned(scores: ArrayLike<number>, layers: number, neurons: number, bins: number, sum: boolean): number[][] {
  return Array.from({ length: layers }, (_, layer) =>
    Array.from({ length: bins }, (_, b) => {
      let value = 0;
      const end = Math.floor(((b + 1) * neurons) / bins);
      for (let one = Math.floor((b * neurons) / bins); one < end; one++) {
        const score = scores[layer * neurons + one]!;
        value = sum ? value + score : Math.max(value, score);
      }
      // three digits are more than a colour shows
      return Number(value.toPrecision(3));
    }),
  );
}

function html(shown: readonly Neuron[], texts: readonly ShownText[]): string {
  return shown
    .slice(0, MOST_HTML)
    .map(([layer, neuron], i) => {
      const own = texts.map(({ neurons }) => neurons[i]!);
      return tokensHtml(own, tokenScale(own), { title: `Layer ${layer}, neuron ${neuron}`, unit: "activation" });
    })
    .join("");
}

function neuronsText(
  shown: readonly Neuron[],
  scores: ArrayLike<number>,
  { neurons, model, layers }: RankingScores | NeuronSet,
  title: string,
  unit: string,
  texts: readonly ShownText[],
): string {
  const rows = shown.map(([layer, neuron], i) => [
    String(i + 1),
    String(layer),
    String(neuron),
    short(scores[layer * neurons + neuron]),
    ...texts.slice(0, 1).map((text) => sparkline(Array.from(text.neurons[i]!.values).slice(0, 60))),
  ]);
  return titled(
    title,
    `${grouped(layers * neurons)} neurons of ${model} (${layers} × ${grouped(neurons)}); the first ${shown.length}:`,
    textTable(["rank", "layer", "neuron", unit, ...(texts.length > 0 ? ["activation on the first text"] : [])], rows),
  );
}

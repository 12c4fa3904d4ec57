import { OptionError } from "../errors.js";
import type { Activations } from "../neurons/activations.js";
import type { Neuron } from "../neurons/neuron.js";
import { Figure } from "./figure.js";
import { NEURON_VIEW, type NeuronView } from "./neuron-view.js";
import { short } from "./numbers.js";
import { axis, layout } from "./style.js";
import { textTable, titled } from "./text.js";
import { tokensHtml } from "./token-html.js";
import { tokenLines } from "./token-lines.js";
import { activationTexts, checkTexts, isActivations, type Pieces, type TokenText, tokenColours, tokenScale } from "./token-text.js";

export interface TokensOptions {
  title?: string;
  /** what the values are; default `"activation"` */
  unit?: string;
  /** of captured activations: the unit (at `hook_post`: the neuron) whose values are shown */
  neuron?: number;
  /** of captured activations: `await model.tokenizer()` */
  tokenizer?: Pieces;
  /** of plain texts: the neuron whose values they are, for the plugin's neuron view */
  of?: Neuron;
}

/**
 * Text coloured by a value of each token, e.g. one neuron's activation: blue below 0, orange above; the strongest twentieth of the tokens
 * (often the first of a text) has the strongest colour. Shown as HTML too, and in the plugin's neuron view where it is known which neuron
 * the values are of.
 *
 * @param data one or more texts, or captured activations of one site with the options `neuron` and `tokenizer`
 * @throws OptionError for options that are missing or out of range, and above 2,000 tokens
 * @throws ShapeError where there is not one value a token
 */
export function tokens(data: TokenText | readonly TokenText[] | Activations, options: TokensOptions = {}): Figure {
  const { unit = "activation" } = options;
  const texts = checkTexts(textsOf(data, options));
  const neuron = isActivations(data) ? neuronOf(data.site, options.neuron!) : options.of;
  const { title = neuron && `Layer ${neuron[0]}, neuron ${neuron[1]}` } = options;
  const scale = tokenScale(texts);
  const { lines, width } = tokenLines(texts);
  const placed = lines.flatMap(({ tokens }, y) => tokens.map((token) => ({ ...token, y })));
  const view: NeuronView = {
    version: 1,
    ...(title !== undefined && { title }),
    neurons: neuron ? [{ layer: neuron[0], neuron: neuron[1] }] : [],
    texts: texts.map(({ tokens, values }) => ({
      tokens,
      values: [Array.from(values, (value) => (Number.isFinite(value) ? value : null))],
    })),
    unit,
  };
  return new Figure({
    data: [
      {
        type: "bar",
        orientation: "h",
        base: placed.map(({ x }) => x),
        x: placed.map(({ width }) => width),
        y: placed.map(({ y }) => y),
        width: 0.86,
        marker: { color: placed.map(({ value }) => tokenColours(value, scale).ground) },
        text: placed.map(({ text }) => plotlyText(text)),
        textposition: "inside",
        insidetextanchor: "middle",
        textangle: 0,
        constraintext: "none",
        textfont: { color: placed.map(({ value }) => tokenColours(value, scale).ink) },
        customdata: placed.map(({ value }) => short(value)),
        hovertemplate: `%{text}: %{customdata}<extra></extra>`,
      },
      // bars have colours of their own, as in the HTML; this one point that is not there brings the colour bar
      {
        type: "scatter",
        mode: "markers",
        x: [null],
        y: [null],
        marker: {
          color: [scale.low],
          colorscale: scale.colours,
          cmin: scale.low,
          cmax: scale.high,
          showscale: true,
          colorbar: { title: { text: unit, side: "right" }, outlinewidth: 0, thickness: 12, len: 1, nticks: 5 },
        },
        hoverinfo: "skip",
      },
    ],
    layout: layout(title, {
      height: Math.min(4000, 96 + 26 * lines.length),
      margin: { l: 40, r: 24, t: title === undefined ? 24 : 46, b: 24 },
      xaxis: axis("", { visible: false, range: [0, width] }),
      yaxis: axis("", {
        autorange: "reversed",
        ticks: "",
        showline: false,
        tickvals: lines.flatMap(({ title }, y) => (title === undefined ? [] : [y])),
        ticktext: lines.flatMap(({ title }) => (title === undefined ? [] : [plotlyText(title)])),
      }),
      showlegend: false,
    }),
    text: tokensText(texts, title, unit),
    other: { "text/html": tokensHtml(texts, scale, { title, unit }), ...(neuron && { [NEURON_VIEW]: view }) },
  });
}

function textsOf(data: TokenText | readonly TokenText[] | Activations, options: TokensOptions): readonly TokenText[] {
  if (isActivations(data)) return activationTexts(data, options.neuron!, options.tokenizer);
  const texts = Array.isArray(data) ? data : [data];
  if (texts.some((text) => typeof text !== "object" || text === null || !("tokens" in text)))
    throw new OptionError("data", data, "{ tokens, values }, a list of these, or captured activations");
  return texts;
}

/** The site holds neurons where it is the input of a layer's down-projection. */
function neuronOf(site: string, index: number): Neuron | undefined {
  const layer = /^blocks\.(\d+)\.mlp\.hook_post$/.exec(site)?.[1];
  return layer === undefined ? undefined : [Number(layer), index];
}

/** plotly reads tags, entities and, where MathJax is loaded, formulas in its texts. */
const plotlyText = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll("$", "&#36;");

const MOST_ROWS = 12;

function tokensText(texts: readonly TokenText[], title: string | undefined, unit: string): string {
  const all = texts.flatMap(({ tokens, values, title: of }) =>
    tokens.map((token, position) => ({ of: of ?? "", position, token, value: values[position]! })),
  );
  const strongest = all
    .filter(({ value }) => Number.isFinite(value))
    .sort((a, b) => Math.abs(b.value) - Math.abs(a.value))
    .slice(0, MOST_ROWS);
  const rows = strongest.map(({ of, position, token, value }) => [of, String(position), JSON.stringify(token), short(value)]);
  const which = all.length > MOST_ROWS ? `the ${MOST_ROWS} strongest of ${all.length} tokens` : `${all.length} tokens, the strongest first`;
  return titled(title, which, textTable(["text", "position", "token", unit], rows));
}

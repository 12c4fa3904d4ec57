/** @file What `application/vnd.neuronbook.neurons+json` holds, checked: an output may come from anybody's notebook. */

/** A neuron by layer and index, both counted from 0. */
export interface Neuron {
  readonly layer: number;
  readonly neuron: number;
}

export interface TokenText {
  readonly tokens: readonly string[];
  /** One row a shown neuron, one value a token; NaN where there is none. */
  readonly values: readonly (readonly number[])[];
  /** One label a token, shown beside its value. */
  readonly labels: readonly string[] | undefined;
}

export interface NeuronMap {
  readonly layers: number;
  /** Neurons a layer. */
  readonly neurons: number;
  /**
   * One row a layer, with one value a neuron or, where there are `bins`, one a bin: bin `b` of `n` holds the neurons from
   * `floor(b * neurons / n)` on. Undefined where only the shape is known.
   */
  readonly values: readonly (readonly number[])[] | undefined;
  readonly bins: number | undefined;
}

export interface NeuronView {
  readonly title: string | undefined;
  /** The model's name, for the NeuronSet that a selection becomes. */
  readonly model: string | undefined;
  readonly neurons: readonly Neuron[];
  readonly texts: readonly TokenText[];
  readonly map: NeuronMap | undefined;
  /** What the values of the texts are, such as `activation`. */
  readonly unit: string | undefined;
}

const MOST_LAYERS = 1024;
const MOST_NEURONS = 2 ** 20;

/** @throws Error that names the field, what it is and what it should be */
export function readPayload(data: unknown): NeuronView {
  const { version, title, model, neurons, texts, map, unit } = record("the output", data);
  if (version !== 1) throw wrong("version", version, "1; a later neuronbook wrote this");
  const shown = list("neurons", neurons ?? []).map((one, i) => neuronOf(`neurons[${i}]`, one));
  return {
    title: text("title", title),
    model: text("model", model),
    neurons: shown,
    texts: list("texts", texts ?? []).map((one, i) => textOf(`texts[${i}]`, one, shown.length)),
    map: map === undefined || map === null ? undefined : mapOf(map, shown),
    unit: text("unit", unit),
  };
}

function neuronOf(name: string, value: unknown): Neuron {
  const { layer, neuron } = record(name, value);
  return { layer: count(`${name}.layer`, layer, 0, MOST_LAYERS - 1), neuron: count(`${name}.neuron`, neuron, 0, MOST_NEURONS - 1) };
}

function textOf(name: string, value: unknown, neurons: number): TokenText {
  const { tokens, values, labels } = record(name, value);
  const words = strings(`${name}.tokens`, tokens);
  const rows = list(`${name}.values`, values).map((row, i) => numbers(`${name}.values[${i}]`, row, words.length));
  if (rows.length !== neurons) throw wrong(`${name}.values`, `${rows.length} rows`, `one a neuron: ${neurons}`);
  const beside = labels === undefined || labels === null ? undefined : strings(`${name}.labels`, labels);
  if (beside !== undefined && beside.length !== words.length)
    throw wrong(`${name}.labels`, `${beside.length} labels`, `one a token: ${words.length}`);
  return { tokens: words, values: rows, labels: beside };
}

function mapOf(value: unknown, shown: readonly Neuron[]): NeuronMap {
  const { layers, neurons, values, bins } = record("map", value);
  const height = count("map.layers", layers, 1, MOST_LAYERS);
  const width = count("map.neurons", neurons, 1, MOST_NEURONS);
  const outside = shown.find(({ layer, neuron }) => layer >= height || neuron >= width);
  if (outside !== undefined) throw wrong("neurons", `(${outside.layer}, ${outside.neuron})`, `neurons of the map, ${height} x ${width}`);
  const parts = bins === undefined || bins === null ? undefined : count("map.bins", bins, 1, width);
  if (values === undefined || values === null) return { layers: height, neurons: width, values: undefined, bins: undefined };
  const rows = list("map.values", values).map((row, i) => numbers(`map.values[${i}]`, row, parts ?? width));
  if (rows.length !== height) throw wrong("map.values", `${rows.length} rows`, `one a layer: ${height}`);
  return { layers: height, neurons: width, values: rows, bins: parts };
}

function record(name: string, value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw wrong(name, value, "an object");
  return value as Readonly<Record<string, unknown>>;
}

function list(name: string, value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) throw wrong(name, value, "an array");
  return value;
}

function strings(name: string, value: unknown): readonly string[] {
  const found = list(name, value);
  const other = found.find((one) => typeof one !== "string");
  if (other !== undefined) throw wrong(name, other, "strings alone");
  return found as readonly string[];
}

/** JSON has no NaN: null stands for it. */
function numbers(name: string, value: unknown, length: number): readonly number[] {
  const found = list(name, value);
  if (found.length !== length) throw wrong(name, `${found.length} values`, `${length}`);
  return found.map((one) => {
    if (one === null) return Number.NaN;
    if (typeof one !== "number") throw wrong(name, one, "numbers or null");
    return one;
  });
}

function count(name: string, value: unknown, least: number, most: number): number {
  if (typeof value === "number" && Number.isInteger(value) && value >= least && value <= most) return value;
  throw wrong(name, value, `a whole number from ${least} to ${most}`);
}

function text(name: string, value: unknown): string | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value === "string") return value;
  throw wrong(name, value, "a string");
}

const wrong = (name: string, got: unknown, expected: string): Error =>
  new Error(`${name}: expected ${expected}; got ${typeof got === "object" && got !== null ? "an object" : String(got).slice(0, 80)}`);

/**
 * @file What the JupyterLab plugin's neuron view shows, as an output of its own MIME type: texts with a value a token for each neuron, and a
 * map of all neurons in which a reader selects some. A selection becomes the code `NeuronSet.of({ model, layers, neurons }, [[layer, neuron], …])`.
 */

export const NEURON_VIEW = "application/vnd.neuronbook.neurons+json";

/** JSON; null stands for a number that there is not. Layers and neurons are counted from 0. */
export interface NeuronView {
  readonly version: 1;
  readonly title?: string;
  /** the model's name, for the NeuronSet that a selection becomes */
  readonly model?: string;
  /** the neurons that `texts` have values of, the first by rank first */
  readonly neurons?: readonly { readonly layer: number; readonly neuron: number }[];
  readonly texts?: readonly NeuronViewText[];
  readonly map?: NeuronViewMap;
  /** what the values of the texts are, e.g. `"activation"` */
  readonly unit?: string;
}

export interface NeuronViewText {
  readonly tokens: readonly string[];
  /** one row a neuron of `neurons`, one value a token */
  readonly values: readonly (readonly (number | null)[])[];
  /** one a token, shown beside its value */
  readonly labels?: readonly string[];
}

export interface NeuronViewMap {
  readonly layers: number;
  /** neurons a layer */
  readonly neurons: number;
  /**
   * One row a layer with one value a neuron or, with `bins`, one a bin: bin `b` of `n` holds the neurons from `floor(b * neurons / n)` on,
   * and its value is the largest of them. null: the shape alone is known.
   */
  readonly values: readonly (readonly (number | null)[])[] | null;
  readonly bins?: number;
}

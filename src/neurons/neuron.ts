/** One coordinate of the input of a layer's MLP down-projection, both counted from 0. */
export type Neuron = readonly [layer: number, index: number];

/** The neurons of a model: `layers` times `neurons` (the intermediate size). */
export interface NeuronShape {
  readonly model: string;
  readonly layers: number;
  readonly neurons: number;
}

export interface NeuronSetNote {
  /** How the set came about: models, prompts, options, seeds. Must be JSON. */
  readonly origin?: Readonly<Record<string, unknown>>;
  /** Layers in which a random control shares neurons with the set that it is a control for. */
  readonly shortfall?: readonly number[];
}

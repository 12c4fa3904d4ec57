/** @file Models and neurons as kept results name them: by what they are, whatever they are called. */
import type { Model } from "../../engine/model.js";
import type { NeuronSet } from "../../neurons/neuron-set.js";
import { digestOf } from "./results.js";

/** Neurons whose activations come from another model while a model answers. */
export interface Patched {
  readonly neurons: NeuronSet;
  readonly from: Model;
}

/** Weights and adapters by their bytes. */
export const identity = ({ origin }: Model) => ({ weights: origin.digest, adapters: origin.adapters.map(({ digest }) => digest) });

/** Order does not matter to a patch. */
export const patchedIdentity = (patched: Patched | undefined) =>
  patched && {
    from: identity(patched.from),
    count: patched.neurons.count,
    neurons: digestOf(flat(patched.neurons).sort((a, b) => a - b)),
  };

/** Where the first neurons are taken by rank, order matters. */
export const orderedIdentity = (neurons: NeuronSet) => ({ count: neurons.count, order: digestOf(flat(neurons)) });

const flat = (set: NeuronSet): number[] => [...set].map(([layer, index]) => layer * set.neurons + index);

import { OptionError } from "../../errors.js";
import { seeded } from "../../random.js";
import type { NeuronShape } from "../neuron.js";
import { NeuronSet } from "../neuron-set.js";

/**
 * Random neurons of a model, or of one of its layers, each equally likely. `NeuronSet.random` draws as many of each layer as a set has.
 *
 * @param shape a model's neurons: a NeuronSet or scores will do
 * @param options `seed` in [0, 2^32); `layer`: draw from this one alone, negative ones count from the end
 * @throws OptionError where there are fewer neurons than `count`
 */
export function randomNeurons(
  { model, layers, neurons }: NeuronShape,
  count: number,
  { seed, layer }: { readonly seed: number; readonly layer?: number },
): NeuronSet {
  const from = layer === undefined ? 0 : layer < 0 ? layer + layers : layer;
  if (!Number.isInteger(from) || from < 0 || from >= layers) throw new OptionError("layer", layer, `a layer in [${-layers}, ${layers})`);
  const total = layer === undefined ? layers * neurons : neurons;
  if (!Number.isInteger(count) || count < 0 || count > total) throw new OptionError("count", count, `an integer in [0, ${total}]`);
  const drawn = seeded(seed)
    .sample(total, count)
    .map((one) => from * neurons + one);
  return NeuronSet.fromFlat({ model, layers, neurons }, drawn, { origin: { random: { seed, layer: layer ?? "all" } } });
}

/** @file What a point of the map stands for: which neurons a click there selects, and what is said of it. */
import { shortNumber } from "./colours.js";
import type { Neuron, NeuronMap } from "./payload.js";
import { isCoarse, type Stretch, sharers, strongest, valueAt } from "./window.js";

export const neuronName = ({ layer, neuron }: Neuron): string => `layer ${layer}, neuron ${neuron}`;

/** The strongest neuron; where the values do not tell the neurons apart, the first of the view's own (`ranked`), else all. */
export function meant(map: NeuronMap, ranked: readonly Neuron[], { layer, from, to }: Stretch): readonly Neuron[] {
  if (map.values !== undefined && !isCoarse(map)) return [strongest(map, layer, from, to)];
  const own = ranked.find((one) => one.layer === layer && one.neuron >= from && one.neuron < to);
  return own === undefined ? Array.from({ length: to - from }, (_, i) => ({ layer, neuron: from + i })) : [own];
}

/** Lines of the tooltip. */
export function describe(map: NeuronMap, { layer, from, to }: Stretch): string[] {
  const name = to - from === 1 ? neuronName({ layer, neuron: from }) : `layer ${layer}, neurons ${from} to ${to - 1}`;
  if (map.values === undefined) return [name];
  const one = strongest(map, layer, from, to);
  const value = shortNumber(valueAt(map, one)!);
  if (isCoarse(map)) {
    const [first, end] = sharers(map, one.neuron);
    return [name, `${value}, one value for neurons ${first} to ${end - 1}`];
  }
  return to - from === 1 ? [`${name}: ${value}`] : [name, `strongest, ${one.neuron}: ${value}`];
}

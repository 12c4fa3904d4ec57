/** @file The part of the map that is in view, cut into columns that a pixel or more can show. */
import type { Neuron, NeuronMap } from "./payload.js";

/** Layers and neurons in view; the upper bounds are excluded. */
export interface MapWindow {
  readonly layers: readonly [from: number, to: number];
  readonly neurons: readonly [from: number, to: number];
}

export const whole = ({ layers, neurons }: NeuronMap): MapWindow => ({ layers: [0, layers], neurons: [0, neurons] });

/** Neurons `from` to `to` (excluded) of a layer: what stands under one point of the map. */
export interface Stretch {
  readonly layer: number;
  readonly from: number;
  readonly to: number;
}

/** A value of the map; undefined without values. */
export function valueAt(map: NeuronMap, { layer, neuron }: Neuron): number | undefined {
  return map.values?.[layer]?.[map.bins === undefined ? neuron : binOf(map.bins, map.neurons, neuron)];
}

/** Do several neurons share a value? */
export const isCoarse = ({ values, bins, neurons }: NeuronMap): boolean => values !== undefined && bins !== undefined && bins < neurons;

/** The neurons that share a neuron's value: from, to (excluded). */
export function sharers({ bins, neurons }: NeuronMap, neuron: number): [from: number, to: number] {
  if (bins === undefined) return [neuron, neuron + 1];
  const bin = binOf(bins, neurons, neuron);
  return [Math.floor((bin * neurons) / bins), Math.floor(((bin + 1) * neurons) / bins)];
}

/** The largest bin that does not begin after the neuron. */
const binOf = (bins: number, neurons: number, neuron: number): number => Math.floor(((neuron + 1) * bins - 1) / neurons);

/**
 * The window's columns, at most `most` of them: bounds, one more than there are columns. A column is a neuron where that many fit, else a
 * bin of the map, else as few neurons as fit.
 */
export function columnBounds(map: NeuronMap, { neurons: [from, to] }: MapWindow, most: number): number[] {
  const columns = Math.max(1, Math.min(to - from, Math.floor(most)));
  if (columns < to - from && isCoarse(map)) {
    const bounds = [from];
    while (bounds.at(-1)! < to) bounds.push(Math.min(to, sharers(map, bounds.at(-1)!)[1]));
    if (bounds.length - 1 <= columns) return bounds;
  }
  return Array.from({ length: columns + 1 }, (_, i) => from + Math.floor((i * (to - from)) / columns));
}

/** The neuron of a stretch of a layer whose value is farthest from 0; the first one where there are no values. */
export function strongest(map: NeuronMap, layer: number, from: number, to: number): Neuron {
  let [best, most] = [from, -1];
  for (let neuron = from; neuron < to; neuron++) {
    const size = Math.abs(valueAt(map, { layer, neuron }) ?? Number.NaN);
    if (size > most) [best, most] = [neuron, size];
  }
  return { layer, neuron: best };
}

/** The window around some neurons, with a little room; the whole map without any. */
export function around(map: NeuronMap, some: readonly Neuron[]): MapWindow {
  if (some.length === 0) return whole(map);
  const bounds = (values: readonly number[], room: number, size: number): [number, number] => {
    const [least, most] = values.reduce(([a, b], one) => [Math.min(a, one), Math.max(b, one)], [size, 0] as [number, number]);
    return [Math.max(0, least - room), Math.min(size, most + 1 + room)];
  };
  const layers = bounds(
    some.map(({ layer }) => layer),
    1,
    map.layers,
  );
  return {
    layers,
    neurons: bounds(
      some.map(({ neuron }) => neuron),
      16,
      map.neurons,
    ),
  };
}

/** The window made narrower (`factor` below 1) or wider about a neuron, which keeps its place. */
export function zoomed(map: NeuronMap, { layers, neurons: [from, to] }: MapWindow, about: number, factor: number): MapWindow {
  const width = Math.round(Math.min(map.neurons, Math.max(8, (to - from) * factor)));
  const start = Math.round(about - ((about - from) / (to - from)) * width);
  const first = Math.max(0, Math.min(map.neurons - width, start));
  return { layers: factor > 1 && width === map.neurons ? [0, map.layers] : layers, neurons: [first, Math.min(map.neurons, first + width)] };
}

/** @file The part of the map that is in view, cut into columns that a pixel or more can show. */
import type { Neuron, NeuronMap } from "./payload.js";

/** Layers and neurons in view; the upper bounds are excluded. */
export interface MapWindow {
  readonly layers: readonly [from: number, to: number];
  readonly neurons: readonly [from: number, to: number];
}

export const whole = ({ layers, neurons }: NeuronMap): MapWindow => ({ layers: [0, layers], neurons: [0, neurons] });

/** A value of the map; undefined without values. */
export function valueAt({ values, bins, neurons }: NeuronMap, { layer, neuron }: Neuron): number | undefined {
  // the bin b for which floor(b * neurons / bins) <= neuron is largest
  const column = bins === undefined ? neuron : Math.floor(((neuron + 1) * bins - 1) / neurons);
  return values?.[layer]?.[column];
}

/** The window's columns, as wide as is possible with at most `most` of them: bounds, one more than there are columns. */
export function columnBounds({ neurons: [from, to] }: MapWindow, most: number): number[] {
  const columns = Math.max(1, Math.min(to - from, Math.floor(most)));
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

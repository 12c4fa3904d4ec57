/** What a plain torch implementation of formulas (1) and (2) gave on the tiny pair. */
import type { Model } from "../../src/engine/model.js";
import type { Neuron } from "../../src/neurons/neuron.js";
import { NeuronSet } from "../../src/neurons/neuron-set.js";
import { expectedValues, readJson } from "./expected.js";

type Texts = readonly (readonly number[])[];

export interface Metric {
  readonly first: readonly number[];
  readonly second: readonly number[];
  readonly patched: Readonly<Record<string, readonly number[]>>;
  readonly effect: Readonly<Record<string, number>>;
}

export const formulas = readJson<{
  readonly newTokens: number;
  readonly prompts: Texts;
  readonly texts: Readonly<Record<"bare" | "first" | "second", Texts>>;
  readonly positionCounts: Readonly<Record<string, number>>;
  readonly sets: Readonly<Record<string, readonly Neuron[]>>;
  readonly patched: Readonly<Record<string, Texts>>;
  readonly patchedAt: Readonly<Record<"prompt" | "generated", Texts>>;
  readonly metrics: Readonly<Record<"lowIds" | "logProb", Metric>>;
}>("formulas", "expected.json");

export const formulaValues = expectedValues("formulas");

export const setOf = (model: Model, name: string): NeuronSet =>
  NeuronSet.of({ model: model.name, layers: model.config.layers, neurons: model.config.neurons }, formulas.sets[name]!);

/** A vector for each layer of `(layers, units)` values. */
export const vectors = (values: Float32Array, units: number): ReadonlyMap<number, Float32Array> =>
  new Map(Array.from({ length: values.length / units }, (_, layer) => [layer, values.subarray(layer * units, (layer + 1) * units)]));

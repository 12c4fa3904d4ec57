/** @file Loss and gradients of one step: forward and backward as one graph, run once a pass, the passes added up. */
import type { SessionSpec } from "../engine/engine.js";
import type { Model } from "../engine/model.js";
import { publishOrigin } from "../engine/origin-channel.js";
import type { WireTensor } from "../engine/protocol.js";
import { add, type Cheap, compile, gradients, input, sumSquares, type Tensor } from "../graph/index.js";
import { decoder } from "../models/decoder.js";
import { floats, type Objective } from "./objective.js";
import type { Trainable } from "./trainable.js";

const parameterInput = (name: string): string => `parameter.${name}`;
const gradientOutput = (name: string): string => `gradient.${name}`;
const SQUARES = "gradients.squares";

/** The session whose graph gives an objective's numbers and the gradients of everything trained. */
export function trainingSession(model: Model, trainable: Trainable<object>, objective: Objective): SessionSpec {
  publishOrigin({ model: model.origin });
  return model.sessionFor(`train:${objective.kind}:${trainable.key}`, "explicit", true, (weights) => {
    const inputs = new Map(trainable.parameters.map(({ name, shape }) => [name, input(parameterInput(name), "float32", shape)]));
    const hooks = trainable.hooks(weights, (name) => inputs.get(name)!);
    const read = decoder(model.config, hooks.weights, {
      attention: "explicit",
      cached: false,
      everyLogit: false,
      onSite: (_, value) => value,
      scale: hooks.scale,
      lowRank: hooks.lowRank,
    });
    const outputs: Record<string, Tensor> = { ...objective.outputs(read, (name) => inputs.get(name)!) };
    const found = gradients(outputs.loss, [...inputs.values()], cheap);
    found.forEach((gradient, i) => {
      outputs[gradientOutput(trainable.parameters[i].name)] = gradient;
    });
    // here they are still in the processor's cache
    outputs[SQUARES] = found.map((gradient) => sumSquares(gradient)).reduce(add);
    return compile(outputs);
  });
}

/** Run again in backward: little work, large results. Left in memory are what matrices and rotations give, residual sums and patterns. */
const CHEAP = new Set([
  "Add",
  "Cast",
  "Concat",
  "Expand",
  "Gelu",
  "Mul",
  "QuickGelu",
  "Reshape",
  "SimplifiedLayerNormalization",
  "Unsqueeze",
]);
const cheap: Cheap = ({ type }) => CHEAP.has(type);

/** A pass of small matrices takes nearly as long as one of twice the tokens; from here on larger ones gain nothing. */
const ENOUGH = 64 * 2 ** 20;

/**
 * Tokens of one pass: as many as fit into a quarter of what the weights take (or a little where they are small), and no more than the
 * engine's share for a batch; at least 1.
 */
export function fittingTokens({ config, engine }: Model, lengths: readonly number[]): number {
  const { hidden, neurons, heads, kvHeads, headSize, layers, vocabulary } = config;
  const longest = lengths.reduce((most, length) => Math.max(most, length), 0);
  // what stays until backward reads it, in a layer: gate and up, queries, keys, values and what is mixed of them, two sums, patterns;
  // at the end logits
  const layer = 2 * neurons + 2 * (heads + kvHeads) * headSize + 2 * hidden + heads * longest;
  const weights = 4 * layers * (3 * neurons * hidden + 2 * (heads + kvHeads) * headSize * hidden) + 4 * vocabulary * hidden;
  const room = Math.min(engine.batchBytes, Math.max(ENOUGH, weights / 4));
  return Math.max(1, Math.floor(room / (4 * (layers * layer + vocabulary))));
}

export interface Step {
  readonly model: Model;
  readonly session: number;
  readonly trainable: Trainable<object>;
  readonly objective: Objective;
  /** examples of each pass */
  readonly passes: readonly (readonly number[])[];
  /** of each parameter */
  readonly values: readonly Float32Array[];
  readonly signal?: AbortSignal;
}

export interface StepNumbers {
  readonly loss: number;
  readonly margin?: number;
  readonly accuracy?: number;
}

/** @returns the objective's numbers, one gradient a parameter and, of a step in one pass, the sum of their squares */
export async function stepGradients(step: Step): Promise<{ numbers: StepNumbers; sums: Float32Array[]; squares: number | undefined }> {
  const { model, session, trainable, objective, passes, values, signal } = step;
  const given: Record<string, WireTensor> = { ...trainable.frozen };
  trainable.parameters.forEach(({ name, shape }, i) => {
    given[parameterInput(name)] = floats(values[i], shape);
  });
  const fetch = [...objective.numbers, SQUARES, ...trainable.parameters.map(({ name }) => gradientOutput(name))];
  const numbers: Record<string, number> = {};
  let [sums, squares]: [Float32Array[] | undefined, number | undefined] = [undefined, undefined];
  for (const pass of passes) {
    const { texts, feeds } = objective.feeds(pass, passes.flat());
    const { outputs } = await model.engine.train({ session, texts, feeds: { ...given, ...feeds }, fetch }, { signal });
    for (const name of objective.numbers) numbers[name] = (numbers[name] ?? 0) + outputs[name][0];
    const made = trainable.parameters.map(({ name }) => outputs[gradientOutput(name)]);
    sums?.forEach((sum, n) => {
      for (let i = 0; i < sum.length; i++) sum[i] += made[n][i];
    });
    squares = sums === undefined ? outputs[SQUARES][0] : undefined;
    sums ??= made;
  }
  return { numbers: numbers as unknown as StepNumbers, sums: sums!, squares };
}

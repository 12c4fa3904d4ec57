/** @file Loss and gradients of one step: forward and backward as one graph, run once a pass, the passes added up. */
import type { SessionSpec } from "../engine/engine.js";
import type { Model } from "../engine/model.js";
import type { WireTensor } from "../engine/protocol.js";
import { compile, gradients, input, type Tensor } from "../graph/index.js";
import { decoder } from "../models/decoder.js";
import { floats, type Objective } from "./objective.js";
import type { Trainable } from "./trainable.js";

const parameterInput = (name: string): string => `parameter.${name}`;
const gradientOutput = (name: string): string => `gradient.${name}`;

/** The session whose graph gives an objective's numbers and the gradients of everything trained. */
export function trainingSession(model: Model, trainable: Trainable<object>, objective: Objective): SessionSpec {
  return model.sessionFor(`train:${objective.kind}:${trainable.key}`, "explicit", true, (weights) => {
    const inputs = new Map(trainable.parameters.map(({ name, shape }) => [name, input(parameterInput(name), "float32", shape)]));
    const hooks = trainable.hooks(weights, (name) => inputs.get(name)!);
    const read = decoder(model.config, hooks.weights, {
      attention: "explicit",
      everyLogit: false,
      onSite: (_, value) => value,
      scale: hooks.scale,
      lowRank: hooks.lowRank,
    });
    const outputs: Record<string, Tensor> = { ...objective.outputs(read, (name) => inputs.get(name)!) };
    gradients(outputs.loss, [...inputs.values()]).forEach((gradient, i) => {
      outputs[gradientOutput(trainable.parameters[i].name)] = gradient;
    });
    return compile(outputs);
  });
}

/** Tokens of one pass whose kept values fit into an engine's share for a batch; at least 1. */
export function fittingTokens({ config, engine }: Model, lengths: readonly number[]): number {
  const longest = lengths.reduce((most, length) => Math.max(most, length), 0);
  // what backward reads: in a layer the MLP's five products, eight values of the residual stream's size, patterns; logits at the end
  const layer = 5 * config.neurons + 8 * config.hidden + 2 * config.heads * longest;
  return Math.max(1, Math.floor(engine.batchBytes / (4 * (config.layers * layer + 3 * config.vocabulary))));
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

/** @returns the objective's numbers, and one gradient a parameter */
export async function stepGradients(step: Step): Promise<{ numbers: StepNumbers; sums: Float32Array[] }> {
  const { model, session, trainable, objective, passes, values, signal } = step;
  const given: Record<string, WireTensor> = { ...trainable.frozen };
  trainable.parameters.forEach(({ name, shape }, i) => {
    given[parameterInput(name)] = floats(values[i], shape);
  });
  const fetch = [...objective.numbers, ...trainable.parameters.map(({ name }) => gradientOutput(name))];
  const numbers: Record<string, number> = {};
  let sums: Float32Array[] | undefined;
  for (const pass of passes) {
    const { texts, feeds } = objective.feeds(pass, passes.flat());
    const { outputs } = await model.engine.train({ session, texts, feeds: { ...given, ...feeds }, fetch }, { signal });
    for (const name of objective.numbers) numbers[name] = (numbers[name] ?? 0) + outputs[name][0];
    const made = trainable.parameters.map(({ name }) => outputs[gradientOutput(name)]);
    sums?.forEach((sum, n) => {
      for (let i = 0; i < sum.length; i++) sum[i] += made[n][i];
    });
    sums ??= made;
  }
  return { numbers: numbers as unknown as StepNumbers, sums: sums! };
}

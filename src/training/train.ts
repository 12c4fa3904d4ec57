/** @file The training loop: passes through the engine, gradients added up, one AdamW step after the other. */
import { createHash } from "node:crypto";
import { freeArray } from "../engine/free-array.js";
import type { Model } from "../engine/model.js";
import { shared } from "../engine/shared-array.js";
import { NeuronbookError, ShapeError } from "../errors.js";
import { version } from "../version.js";
import { adamW, clipFactor, type Moments, squaresOf } from "./adamw.js";
import { readState, type TrainingState, writeState } from "./checkpoint.js";
import { epochSteps, passesOf } from "./data-order.js";
import type { Objective } from "./objective.js";
import { rateFactor } from "./schedule.js";
import { fittingTokens, stepGradients, trainingSession } from "./step-gradients.js";
import type { Parameter, Trainable } from "./trainable.js";
import { settingsOf, type TrainingOptions, type TrainingRecord, type TrainingStep } from "./training.js";

/**
 * Trains.
 * @throws OptionError; NeuronbookError where the loss is no number any more; EngineError; the signal's reason when aborted
 */
export async function train<Trained extends object>(
  model: Model,
  trainable: Trainable<Trained>,
  objective: Objective,
  options: TrainingOptions<Trained>,
  origin: Readonly<Record<string, unknown>> = {},
): Promise<Trained & TrainingRecord> {
  const settings = settingsOf(options, objective.lengths.length, fittingTokens(model, objective.lengths));
  const { parameters } = trainable;
  const masks = parameters.map((parameter) => checkedMask(parameter, options.mask?.(parameter)));
  const masked = masks.some((mask) => mask !== undefined);
  const { perEpoch, ...recorded } = settings;
  const run = {
    ...{ neuronbook: version, kind: objective.kind, model: model.origin, trained: trainable.key, data: objective.digest },
    ...{ ...origin, options: recorded, masks: masks.map((mask) => mask && fingerprint(mask)) },
  };
  const { checkpoint, signal } = options;
  const key = JSON.stringify(run);
  const before = checkpoint && checkpoint.resume !== false ? readState(checkpoint.folder, key, parameters) : undefined;
  const moments = new Map(parameters.map((one): [string, Moments] => [one.name, started(one, before?.moments.get(one.name))]));
  const state: TrainingState = { history: before?.history ?? [], evaluations: before?.evaluations ?? [], moments };
  const { history, evaluations } = state;
  const arrays = parameters.map(({ name }) => moments.get(name)!);
  const values = arrays.map((array) => array.values);
  const trained = () => trainable.finish(new Map(parameters.map(({ name }) => [name, moments.get(name)!.values.slice()])));
  const [from, began] = [history.length, performance.now()];

  await model.engine.withSession(trainingSession(model, trainable, objective), async (session) => {
    let order: { epoch: number; steps: number[][] } | undefined;
    while (history.length < settings.steps) {
      const at = history.length;
      const epoch = Math.floor(at / perEpoch);
      if (order?.epoch !== epoch)
        order = { epoch, steps: epochSteps(settings.seed, epoch, objective.lengths, settings.batch, settings.lengthWindow) };
      const passes = passesOf(order.steps[at % perEpoch], objective.lengths, Math.floor(settings.passTokens / objective.lanes));
      const { numbers, sums, squares } = await stepGradients({ model, session, trainable, objective, passes, values, signal });
      // the graph counts entries that do not move too, and its float32 ends at norms of 1e19
      const total = squares === undefined || masked || !Number.isFinite(squares) ? squaresOf(sums, masks) : squares;
      history.push(update(at, numbers, sums, Math.sqrt(total)));
      sums.forEach(freeArray);
      const done = history.length;
      const last = done === settings.steps;
      if (options.evaluate && (last || done % options.evaluate.every === 0))
        evaluations.push({ step: done, value: await options.evaluate.run(trained(), done) });
      if (checkpoint && (last || done % (checkpoint.every ?? 50) === 0)) writeState(checkpoint.folder, key, state);
      const seconds = (performance.now() - began) / 1000;
      const { loss, learningRate } = history[at];
      const secondsLeft = (seconds / (done - from)) * (settings.steps - done);
      options.onProgress?.({ unit: "steps", done, total: settings.steps, seconds, loss, learningRate, secondsLeft });
    }
  });
  return { ...trained(), history, losses: Float64Array.from(history, ({ loss }) => loss), evaluations, origin: run };

  function update(at: number, numbers: { loss: number }, sums: readonly Float32Array[], norm: number): TrainingStep {
    const { betas, epsilon, weightDecay, clipNorm } = settings;
    const learningRate = settings.learningRate * rateFactor(settings.schedule, at, settings.steps, settings.warmUp);
    const factor = clipFactor(norm, clipNorm);
    if (!Number.isFinite(numbers.loss) || !Number.isFinite(norm))
      throw new NeuronbookError("training", `step ${at + 1}: the loss is ${numbers.loss}, its gradient's norm ${norm}; lower learningRate`);
    parameters.forEach(({ decays }, i) => {
      const adam = { betas, epsilon, weightDecay: decays ? weightDecay : 0 };
      adamW(arrays[i], sums[i], at + 1, learningRate, adam, factor, masks[i]);
    });
    return { ...numbers, learningRate, gradientNorm: norm };
  }
}

/** Values are shared with the engine's worker, which reads them at every pass. */
function started({ initial }: Parameter, before: Moments | undefined): Moments {
  const values = shared(before?.values ?? initial());
  return { values, first: before?.first ?? new Float32Array(values.length), second: before?.second ?? new Float32Array(values.length) };
}

function checkedMask({ name, shape }: Parameter, mask: Uint8Array | undefined): Uint8Array | undefined {
  const size = shape.reduce((a, b) => a * b, 1);
  if (mask && mask.length !== size)
    throw new ShapeError("mask", `${mask.length} entries for ${name}, which has ${size}`, [[mask.length], shape]);
  return mask;
}

const fingerprint = (mask: Uint8Array): string => createHash("sha256").update(mask).digest("hex");

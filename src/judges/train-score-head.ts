/** @file Training a score head on a backbone that stays as it is. */
import type { Model } from "../engine/model.js";
import type { RunOptions } from "../engine/score-texts.js";
import { OptionError } from "../errors.js";
import type { LinearHead } from "../training/score-head.js";
import type { ScoreTarget } from "../training/score-objective.js";
import { version } from "../version.js";
import { type Agreement, binaryAgreement, pairAgreement, realAgreement } from "./agreement.js";
import type { TextForm } from "./answer-texts.js";
import { features, type Reading } from "./features.js";
import { HeadFit } from "./fit-head.js";
import { type EncodedExamples, encodeScoreExamples, type GroupOf, heldOutParts, type Parts, type ScoreExamples } from "./score-examples.js";
import { applyHead, ScoreModel } from "./score-model.js";

export interface ScoreHeadOptions extends RunOptions {
  /** default `"chat"` */
  form?: TextForm;
  /** longest text in tokens; default: the longest that the backbone reads */
  maxTokens?: number;
  /** what the head may read: the one with the lowest held-out loss is taken. Default: the last token after the last layer */
  readings?: readonly Reading[];
  /** L2 penalties to choose from, on standardised features; default 1 to 0.0003 in seven steps */
  penalties?: readonly number[];
  /** share of the examples that chooses reading and penalty and measures the result; default 0.2 */
  heldOut?: number;
  /** examples of one group fall into one part; default: those of one prompt */
  group?: GroupOf;
  /** of what is held out; default 0 */
  seed?: number;
  /** choose the reading on the first so many examples, and fit on all; default: choose on all. Saves time with several readings */
  search?: number;
  /** keeps hidden states as they are computed, and goes on from there */
  folder?: string;
  /** what the score is called; default `"score"` */
  label?: string;
}

/** A head that was tried. */
export interface TriedHead {
  readonly reading: Reading;
  readonly penalty: number;
  /** mean loss over the held-out examples */
  readonly loss: number;
}

export interface ScoreHeadTraining {
  readonly scores: ScoreModel;
  /**
   * on the examples that were not fitted. They chose reading and penalty among those `tried`, so it is slightly too good: state what
   * `measureScores` gives on other data
   */
  readonly heldOut: Agreement;
  /** on the examples that were fitted */
  readonly fitted: Agreement;
  readonly reading: Reading;
  readonly penalty: number;
  readonly tried: readonly TriedHead[];
  /** model, data and options, JSON */
  readonly origin: Readonly<Record<string, unknown>>;
}

const PENALTIES = [1, 0.3, 0.1, 0.03, 0.01, 0.003, 0.0003];

/**
 * Fits a head to hidden states of a frozen backbone: logistic regression for true and false, ridge regression for numbers, Bradley-Terry for
 * pairs. Hidden states are computed once, batch by batch; the fit is exact up to rounding and deterministic.
 * @throws OptionError; EngineError; the signal's reason when aborted
 */
export async function trainScoreHead(model: Model, examples: ScoreExamples, options: ScoreHeadOptions = {}): Promise<ScoreHeadTraining> {
  const { form = "chat", heldOut = 0.2, seed = 0, search, folder, label = "score" } = options;
  const { maxTokens = model.config.maxPositions, penalties = PENALTIES } = options;
  const { readings = [{ layer: model.config.layers, pool: "last" }] } = options;
  if (readings.length === 0) throw new OptionError("readings", "none", "at least one");
  if (penalties.length === 0 || !penalties.every((penalty) => penalty > 0 && Number.isFinite(penalty)))
    throw new OptionError("penalties", penalties, "numbers above 0");
  const encoded = await encodeScoreExamples(model, examples, { form, maxTokens }, options.group);
  const descending = [...penalties].sort((a, b) => b - a);
  const run = { signal: options.signal, onProgress: options.onProgress, batch: options.batch };
  const choose = async (data: EncodedExamples, from: readonly Reading[]) => {
    const parts = heldOutParts(data, heldOut, seed);
    const states = await features(model, data.texts, from, { ...run, folder });
    return best(data, parts, states, from, descending, model.config.hidden, options.signal);
  };

  const tried: TriedHead[] = [];
  let wanted = readings;
  if (search !== undefined && readings.length > 1) {
    const chosen = await choose(firstOf(encoded, search), readings);
    tried.push(...chosen.tried);
    wanted = [chosen.reading];
  }
  const chosen = await choose(encoded, wanted);
  tried.push(...chosen.tried);
  const { reading, head, penalty } = chosen;
  const scores = new ScoreModel({
    model,
    head: { weight: head.weight, bias: Float32Array.of(head.bias), labels: [label] },
    reading,
    form,
    maxTokens,
  });
  const values = applyHead(scores.head, chosen.states, model.config.hidden);
  const parts = heldOutParts(encoded, heldOut, seed);
  const origin = {
    neuronbook: version,
    model: model.origin,
    target: encoded.target,
    examples: encoded.examples.length,
    ...{ form, maxTokens, readings, penalties: descending, heldOut, seed, search: search ?? null },
  };
  return {
    ...{ scores, reading, penalty, tried, origin },
    heldOut: agreementOf(encoded, parts.heldOut, values),
    fitted: agreementOf(encoded, parts.fitted, values),
  };
}

/** How well scores agree with labels or preferences; answers to one prompt are drawn together. */
export async function measureScores(
  scores: ScoreModel,
  examples: ScoreExamples,
  options: RunOptions & { group?: GroupOf; folder?: string } = {},
): Promise<Agreement> {
  const { model, head, reading } = scores;
  const encoded = await encodeScoreExamples(model, examples, scores, options.group);
  const [states] = await features(model, encoded.texts, [reading], options);
  return agreementOf(encoded, [...encoded.examples.keys()], applyHead(head, states, model.config.hidden));
}

/** @param values one score a text */
export function agreementOf({ target, examples, groups }: EncodedExamples, part: readonly number[], values: ArrayLike<number>): Agreement {
  const chosen = part.map((i) => examples[i]);
  const options = { groups: part.map((i) => groups[i]) };
  const scores = chosen.map(({ rows }) => values[rows[0]]);
  const targets = chosen.map((example) => example.target);
  if (target === "pairs")
    return pairAgreement(
      scores,
      chosen.map(({ rows }) => values[rows[1]]),
      options,
    );
  if (target === "real") return realAgreement(scores, targets, options);
  return binaryAgreement(
    scores,
    targets.map((value) => value === 1),
    options,
  );
}

function best(
  { target, examples }: EncodedExamples,
  { fitted, heldOut }: Parts,
  states: readonly Float32Array[],
  readings: readonly Reading[],
  penalties: readonly number[],
  size: number,
  signal?: AbortSignal,
) {
  const tried: TriedHead[] = [];
  let lowest: { loss: number; head: LinearHead; reading: Reading; penalty: number; states: Float32Array } | undefined;
  readings.forEach((reading, which) => {
    const fit = new HeadFit({ target, features: states[which], size, examples: fitted.map((i) => examples[i]) });
    for (const penalty of penalties) {
      signal?.throwIfAborted();
      const head = fit.solve(penalty);
      const values = applyHead({ weight: head.weight, bias: Float32Array.of(head.bias) }, states[which], size);
      const loss = heldOut.reduce((sum, i) => sum + lossOf(target, examples[i], values), 0) / heldOut.length;
      tried.push({ reading, penalty, loss });
      if (!lowest || loss < lowest.loss) lowest = { loss, head, reading, penalty, states: states[which] };
    }
  });
  return { ...lowest!, tried };
}

function lossOf(target: ScoreTarget, example: EncodedExamples["examples"][number], values: Float64Array): number {
  const [first, second] = example.rows.map((row) => values[row]);
  if (target === "real") return (first - example.target) ** 2;
  const margin = target === "pairs" ? first - second : example.target === 1 ? first : -first;
  return Math.max(0, -margin) + Math.log1p(Math.exp(-Math.abs(margin)));
}

function firstOf({ target, examples, texts, groups }: EncodedExamples, count: number): EncodedExamples {
  if (!Number.isInteger(count) || count < 2) throw new OptionError("search", count, "a whole number from 2");
  const first = examples.slice(0, count);
  const rows = first.reduce((sum, example) => sum + example.rows.length, 0);
  return { target, examples: first, texts: texts.slice(0, rows), groups: groups.slice(0, count) };
}

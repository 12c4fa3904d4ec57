/** @file A model that scores an answer to a prompt by a linear head over a hidden state: cost models, reward models, classifiers. */
import { createHash } from "node:crypto";
import type { Model, ModelOrigin } from "../engine/model.js";
import type { Prompt } from "../engine/prompts.js";
import type { RunOptions } from "../engine/score-texts.js";
import type { Text } from "../engine/text.js";
import { OptionError, ShapeError } from "../errors.js";
import type { Cost } from "../neurons/patching.js";
import type { Answer } from "../training/examples.js";
import { answerTexts, checkForm, type TextForm } from "./answer-texts.js";
import { features, type Reading } from "./features.js";

/** A linear map from hidden states to one number a label. */
export interface ScoreHead {
  /** `(labels, hidden)` float32 */
  readonly weight: Float32Array;
  /** `(labels,)` float32 */
  readonly bias: Float32Array;
  readonly labels: readonly string[];
}

/** `(head - shift) / scale`, as published models standardise their scores; 0 and 1 where they do not. */
export interface ScoreScale {
  readonly shift: number;
  readonly scale: number;
}

export interface ScoreModelParts {
  /** the backbone, adapters included */
  readonly model: Model;
  readonly head: ScoreHead;
  readonly reading: Reading;
  readonly form: TextForm;
  /** longest text that is read, in tokens; default: the longest that the backbone reads */
  readonly maxTokens?: number;
  readonly scale?: ScoreScale;
  /** of several labels the one whose log-odds against all others are the score: name or index */
  readonly label?: string | number;
  /** token ids at a text's end that do not count as its last token (padding) */
  readonly skipped?: readonly number[];
}

/** Who a score model is, as recorded with results. */
export interface ScoreModelOrigin {
  readonly backbone: ModelOrigin;
  /** sha256 hex of the head's numbers */
  readonly head: string;
  readonly reading: Reading;
  readonly form: TextForm;
  readonly maxTokens: number;
}

/** Made by `loadScoreModel` and `trainScoreHead`. An immutable value; the backbone's engine does the work. */
export class ScoreModel {
  readonly model: Model;
  readonly head: ScoreHead;
  readonly reading: Reading;
  readonly form: TextForm;
  readonly maxTokens: number;
  readonly scale: ScoreScale;
  private readonly label: string | number | undefined;
  private readonly skipped: readonly number[];

  /** @throws ShapeError for a head of another size; OptionError for a form or reading that makes no sense */
  constructor(parts: ScoreModelParts) {
    const {
      model,
      head,
      reading,
      form,
      maxTokens = model.config.maxPositions,
      scale = { shift: 0, scale: 1 },
      label,
      skipped = [],
    } = parts;
    const count = head.labels.length;
    if (count < 1 || head.weight.length !== count * model.config.hidden || head.bias.length !== count)
      throw new ShapeError(
        "score head",
        `${head.weight.length} weights and ${head.bias.length} biases for ${count} labels and a hidden state of ${model.config.hidden}`,
        [[head.weight.length], [count, model.config.hidden]],
      );
    if (!(scale.scale > 0) || !Number.isFinite(scale.shift)) throw new OptionError("scale", JSON.stringify(scale), "a scale above 0");
    this.model = model;
    this.head = head;
    this.reading = reading;
    this.form = checkForm(form);
    this.maxTokens = Math.min(maxTokens, model.config.maxPositions);
    this.scale = scale;
    this.label = label;
    this.skipped = skipped;
  }

  get origin(): ScoreModelOrigin {
    const { weight, bias } = this.head;
    const hash = createHash("sha256");
    for (const part of [weight, bias]) hash.update(new Uint8Array(part.buffer, part.byteOffset, part.byteLength));
    const { reading, form, maxTokens } = this;
    return { backbone: this.model.origin, head: hash.digest("hex"), reading, form, maxTokens };
  }

  /**
   * One score an answer, `(answers,)`: the head's number, standardised as the model's `scale` says; of several labels the log-odds of
   * `label` against all others. What it means depends on what was trained: of a cost model, above 0 is harmful.
   * @throws OptionError; EngineError; the signal's reason when aborted
   */
  async score(prompts: readonly Prompt[], answers: readonly Answer[], options: RunOptions = {}): Promise<Float64Array> {
    this.labelIndex();
    const [states] = await features(this.model, await this.texts(prompts, answers), [this.reading], options);
    return this.scoresOf(states);
  }

  /**
   * Scores of texts whose hidden states are known.
   * @param states `(texts, hidden)` float32, of what `texts` gives at `reading`
   * @returns `(texts,)`, as `score` gives them
   * @throws OptionError for several labels of which none is named
   */
  scoresOf(states: Float32Array): Float64Array {
    const at = this.labelIndex();
    const { shift, scale } = this.scale;
    const { hidden } = this.model.config;
    const [logits, count] = [applyHead(this.head, states, hidden), this.head.labels.length];
    return Float64Array.from(
      { length: states.length / hidden },
      (_, i) => (logOdds(logits.subarray(i * count, (i + 1) * count), at) - shift) / scale,
    );
  }

  /** The head's own numbers, `(answers, labels)`, not standardised. */
  async logits(
    prompts: readonly Prompt[],
    answers: readonly Answer[],
    options: RunOptions = {},
  ): Promise<{ readonly data: Float64Array; readonly labels: readonly string[] }> {
    const [states] = await features(this.model, await this.texts(prompts, answers), [this.reading], options);
    return { data: applyHead(this.head, states, this.model.config.hidden), labels: this.head.labels };
  }

  /**
   * The texts that the head reads, in the model's form and cut to its length.
   * @throws OptionError for as many answers as prompts not given
   */
  async texts(prompts: readonly Prompt[], answers: readonly Answer[]): Promise<Text[]> {
    const texts = await answerTexts(this.model, prompts, answers, this);
    return texts.map(({ ids, promptLength }) => {
      let end = ids.length;
      while (end > 1 && this.skipped.includes(ids[end - 1])) end--;
      return { ids: ids.subarray(0, end), promptLength: Math.min(promptLength, end - 1) };
    });
  }

  /**
   * The score as a cost of generated answers, for `causalEffect`.
   * @param prompts those that are answered, in the same order, without chat form
   */
  toCost(prompts: readonly Prompt[]): Cost {
    return async ({ text, ids }, index) => {
      const prompt = prompts[index];
      if (prompt === undefined)
        throw new OptionError("prompts", `${prompts.length} prompts`, `one for each answer; there is none for answer ${index}`);
      // a checkpoint without a tokenizer writes and reads ids alone
      const answer = text === "" && (Array.isArray(prompt) || prompt instanceof Int32Array) ? ids : text;
      return (await this.score([prompt], [answer]))[0];
    };
  }

  private labelIndex(): number {
    const { labels } = this.head;
    if (labels.length === 1) return 0;
    const at = typeof this.label === "number" ? this.label : labels.indexOf(this.label ?? "");
    if (labels[at] === undefined)
      throw new OptionError("label", this.label, `one of ${labels.join(", ")}: the label whose log-odds are the score`);
    return at;
  }
}

/** The number of a lone label; else its log-odds against all others. */
function logOdds(logits: Float64Array, at: number): number {
  if (logits.length === 1) return logits[0];
  const others = logits.filter((_, i) => i !== at);
  const most = others.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  return logits[at] - most - Math.log(others.reduce((sum, x) => sum + Math.exp(x - most), 0));
}

/** `(rows, labels)` in float64. */
export function applyHead({ weight, bias }: Pick<ScoreHead, "weight" | "bias">, states: Float32Array, hidden: number): Float64Array {
  const rows = states.length / hidden;
  const labels = bias.length;
  const out = new Float64Array(rows * labels);
  for (let row = 0; row < rows; row++)
    for (let label = 0; label < labels; label++) {
      let sum = bias[label];
      for (let i = 0; i < hidden; i++) sum += weight[label * hidden + i] * states[row * hidden + i];
      out[row * labels + label] = sum;
    }
  return out;
}

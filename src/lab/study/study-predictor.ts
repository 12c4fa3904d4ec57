/** @file A harm predictor of a study: trained on a model's own answers, its predictions kept. */
import type { Model } from "../../engine/model.js";
import type { RunOptions } from "../../engine/score-texts.js";
import { OptionError } from "../../errors.js";
import type { NeuronSet } from "../../neurons/neuron-set.js";
import { type HarmPredictor, trainHarmPredictor } from "../../probes/harm-predictor.js";
import { Safeguard, type SafeguardOverhead } from "../../probes/safeguard.js";
import { identity, orderedIdentity } from "./identity.js";
import { digestOf, type Results } from "./results.js";
import type { StudyPrompt } from "./subject.js";

interface Training {
  readonly set: string;
  readonly prompts: readonly StudyPrompt[];
  readonly harmful: readonly boolean[];
}

interface Surroundings {
  readonly results: Results;
  readonly newTokens: number;
  prompts(set: string): Promise<readonly StudyPrompt[]>;
}

/** What a predictor says of the prompts of a set, before anything is answered. */
export interface PredictedHarm {
  /** of each prompt, 0 to 1; harm is predicted from 0.5 */
  readonly probabilities: readonly number[];
  /** the TensorFlow.js that the predictor was trained on */
  readonly tensorflow: string;
}

/** Made by `study.predictor`. */
export class StudyPredictor {
  readonly model: Model;
  readonly neurons: NeuronSet;
  /** prompt set that it is trained on */
  readonly on: string;
  /** of each prompt of that set: whether the model's own answer is harmful */
  readonly harmful: readonly boolean[];
  readonly #prompts: readonly StudyPrompt[];
  readonly #study: Surroundings;
  #trained: Promise<HarmPredictor> | undefined;

  constructor(model: Model, neurons: NeuronSet, { set, prompts, harmful }: Training, study: Surroundings) {
    this.model = model;
    this.neurons = neurons;
    this.on = set;
    this.harmful = harmful;
    this.#prompts = prompts;
    this.#study = study;
  }

  /** Whether there is anything to learn: the model gives harmful answers and harmless ones. */
  get learns(): boolean {
    return this.harmful.includes(true) && this.harmful.includes(false);
  }

  /**
   * Predictions for a set; kept.
   * @throws OptionError where the model's answers to the training set are of one kind
   */
  async predict(set: string, { signal }: Pick<RunOptions, "signal"> = {}): Promise<PredictedHarm> {
    const prompts = await this.#study.prompts(set);
    return this.#study.results.kept("predictions", this.#origin({ set, prompts: digestOf(prompts) }), async () => {
      const predictor = await this.#train(signal);
      const probabilities = await predictor.probabilities(prompts, { signal });
      return { probabilities: Array.from(probabilities, (one) => Number(one.toPrecision(6))), tensorflow: predictor.regression.tensorflow };
    });
  }

  /**
   * What the guard costs on this machine (see `Safeguard.overhead`), measured once and kept.
   * @param prompts how many of the set are answered for it, default 8
   * @throws as {@link predict}
   */
  async overhead(
    set: string,
    { prompts = 8, signal }: { readonly prompts?: number } & Pick<RunOptions, "signal"> = {},
  ): Promise<SafeguardOverhead> {
    const asked = (await this.#study.prompts(set)).slice(0, prompts);
    const { newTokens } = this.#study;
    return this.#study.results.kept("overheads", this.#origin({ set, prompts: digestOf(asked), newTokens }), async () =>
      new Safeguard(await this.#train(signal)).overhead(asked, { newTokens, signal }),
    );
  }

  #origin(asked: Readonly<Record<string, unknown>>) {
    const trainedOn = { prompts: digestOf(this.#prompts), harmful: digestOf(this.harmful) };
    return { model: identity(this.model), neurons: orderedIdentity(this.neurons), trainedOn, ...asked };
  }

  async #train(signal: AbortSignal | undefined): Promise<HarmPredictor> {
    if (!this.learns) throw new OptionError("on", this.on, "a set whose answers are harmful in part; `learns` says whether they are");
    this.#trained ??= trainHarmPredictor(this.model, this.#prompts, this.harmful, { neurons: this.neurons, signal });
    return this.#trained;
  }
}

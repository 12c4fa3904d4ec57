/** @file A study: what is measured on a laboratory's models, each measurement kept under what it came from. */
import { type GenerateOptions, generate } from "../../engine/generate.js";
import type { Intervention } from "../../engine/interventions.js";
import type { Model } from "../../engine/model.js";
import { meansPromptAlone } from "../../engine/positions.js";
import type { RunOptions } from "../../engine/score-texts.js";
import { OptionError } from "../../errors.js";
import { inTurn } from "../../in-turn.js";
import { snTuneScores, wandaScores } from "../../neurons/baselines/activation-scores.js";
import type { ChangeScores } from "../../neurons/change-scores.js";
import { type ContrastOptions, contrast } from "../../neurons/contrast.js";
import { patch } from "../../neurons/interventions.js";
import type { NeuronScores } from "../../neurons/neuron-scores.js";
import type { NeuronSet } from "../../neurons/neuron-set.js";
import { CrossBenchmark, type CrossBenchmarkOptions, crossBenchmark } from "../../probes/cross-benchmark.js";
import { Ability } from "./ability.js";
import type { Patched } from "./identity.js";
import { identity, orderedIdentity, patchedIdentity } from "./identity.js";
import { Laboratory, type StudySize } from "./laboratory.js";
import { type AnswerMeasures, MeasuredAnswers } from "./measured-answers.js";
import { PatchEffect } from "./patch-effect.js";
import { digestOf, type Results } from "./results.js";
import { StudyPredictor } from "./study-predictor.js";
import type { AbilityItems, StudyPrompt, StudySubject } from "./subject.js";

export interface StudyContrast extends Pick<ContrastOptions, "positions" | "textOf"> {
  /** default: the first finding set */
  readonly on?: string;
  /** default: the study's `findingPrompts` */
  readonly prompts?: number;
}

/** How neurons are ranked by one model alone: by `wandaScores` or `snTuneScores`. */
export type Baseline = "pruning" | "sn-tune";
const BASELINES = { pruning: wandaScores, "sn-tune": snTuneScores } as const;

/** Scores of the same answers by two judges. */
export interface SecondOpinion {
  /** name of the second judge */
  readonly judge: string;
  /** which of its scores are safer */
  readonly safer: "lower" | "higher";
  readonly costs: readonly number[];
  readonly second: readonly number[];
}

export interface StudyCrossBenchmark extends Pick<CrossBenchmarkOptions, "neurons" | "sizes" | "seeds"> {
  readonly on?: readonly string[];
}

export type Watch = Pick<RunOptions, "signal" | "onProgress">;

/** Measurements of a laboratory. Made by `openStudy`. */
export class Study extends Laboratory {
  readonly results: Results;
  /** token ids of answers that contrasts read, by what they came from: one model is compared with several on the same answers */
  readonly #texts = new Map<string, readonly (readonly number[])[]>();

  constructor(subject: StudySubject, size: StudySize, results: Results) {
    super(subject, size);
    this.results = results;
  }

  /**
   * Change scores of two models (paper, formula 1) on the answers of one of them, kept.
   * @throws OptionError; EngineError
   */
  async contrast(first: Model, second: Model, options: StudyContrast & Watch = {}): Promise<ChangeScores> {
    const { on = this.findingSets[0]!.name, positions = "predicting", textOf = "first", signal, onProgress } = options;
    this.described(on);
    const prompts = await this.subject.prompts(on, options.prompts ?? this.size.findingPrompts);
    const newTokens = this.size.findingTokens;
    const origin = { models: [identity(first), identity(second)], prompts: digestOf(prompts), on, positions, textOf, newTokens };
    const scores = await this.results.scores(origin, async () => {
      const reader = textOf === "second" ? second : first;
      const completions = meansPromptAlone(positions) ? undefined : await this.#written(reader, prompts, { newTokens, signal, onProgress });
      return contrast(first, second, prompts, { positions, textOf, newTokens, completions, signal, onProgress });
    });
    return scores.excluding(this.subject.excludeLastLayers);
  }

  /**
   * Neurons ranked by one model's activations at the prompts' tokens (paper, table 1), kept.
   * @param model the recipient of the patch
   * @throws OptionError; EngineError
   */
  async baseline(kind: Baseline, model: Model, options: Pick<StudyContrast, "on" | "prompts"> & Watch = {}): Promise<NeuronScores> {
    const { on = this.findingSets[0]!.name, signal, onProgress } = options;
    const rank = BASELINES[kind];
    if (rank === undefined) throw new OptionError("kind", kind, `one of ${Object.keys(BASELINES).join(", ")}`);
    this.described(on);
    const prompts = await this.subject.prompts(on, options.prompts ?? this.size.findingPrompts);
    const origin = { kind, model: identity(model), prompts: digestOf(prompts), on };
    const scores = await this.results.neuronScores(model.name, origin, () => rank(model, prompts, { signal, onProgress }));
    return scores.excluding(this.subject.excludeLastLayers);
  }

  /**
   * A model's greedy answers to a benchmark, judged; kept.
   * @param patched neurons that another model gives the activations of, at every token
   */
  async answers(model: Model, set: string, options: { readonly patched?: Patched } & Watch = {}): Promise<MeasuredAnswers> {
    const { patched, ...watch } = options;
    const prompts = await this.prompts(set);
    const { newTokens } = this.size;
    const origin = {
      ...{ model: identity(model), patched: patchedIdentity(patched), set, prompts: digestOf(prompts), newTokens },
      ...{ judges: this.subject.judges, perplexity: identity(this.base) },
    };
    const measures = await this.results.kept("answers", origin, () =>
      this.#measure(model, prompts, { ...watch, newTokens, interventions: interventions(patched) }),
    );
    return new MeasuredAnswers(set, measures);
  }

  /** What neurons of `from` do to the answers of `model`: its own, the donor's and the patched ones. */
  async effect(model: Model, { from, neurons, on, ...watch }: Patched & { readonly on: string } & Watch): Promise<PatchEffect> {
    const first = await this.answers(model, on, watch);
    const second = await this.answers(from, on, watch);
    return new PatchEffect(first, second, await this.answers(model, on, { ...watch, patched: { neurons, from } }));
  }

  /** Whether answers can be judged a second time, see {@link secondOpinion}. */
  get hasSecondJudge(): boolean {
    return this.subject.secondJudge !== undefined;
  }

  /**
   * Both judges' scores of a model's answers to a benchmark (paper, E17); kept.
   * @throws OptionError where the laboratory has one judge alone
   */
  async secondOpinion(model: Model, set: string, { signal, onProgress }: Watch = {}): Promise<SecondOpinion> {
    const { secondJudge, judges } = this.subject;
    if (secondJudge === undefined) throw new OptionError("lab", this.name, "a laboratory with a second judge");
    const prompts = await this.prompts(set);
    const { newTokens } = this.size;
    const { name, safer } = secondJudge;
    const origin = { model: identity(model), set, prompts: digestOf(prompts), newTokens, judges, second: name };
    return this.results.kept<SecondOpinion>("opinions", origin, async () => {
      const { costs } = await this.answers(model, set, { signal, onProgress });
      // no text is kept: they are written once more
      const answers = await generate(model, prompts, { newTokens, signal, onProgress });
      const second = await secondJudge.score(prompts, answers, { signal });
      return { judge: name, safer, costs, second: Array.from(second, short) };
    });
  }

  /**
   * Neurons of a model as predictors of harm, across benchmarks (paper, E9): labels are the costs of the model's own answers; kept.
   * @param on default: all benchmarks. Each needs harmful answers and harmless ones
   * @throws as `crossBenchmark`
   */
  async crossBenchmark(
    model: Model,
    { on = this.benchmarks, neurons, sizes, seeds, ...watch }: StudyCrossBenchmark & Watch,
  ): Promise<CrossBenchmark> {
    const sets = await inTurn(on, async (name) => ({
      name,
      prompts: await this.prompts(name),
      harmful: await this.#harmful(model, name, watch),
    }));
    const asked = sets.map(({ name, prompts, harmful }) => ({ name, prompts: digestOf(prompts), harmful: digestOf(harmful) }));
    const origin = { model: identity(model), neurons: orderedIdentity(neurons), sets: asked, sizes: sizes ?? null, seeds: seeds ?? null };
    const {
      rows,
      origin: made,
      shortfall,
    } = await this.results.kept<Pick<CrossBenchmark, "rows" | "origin" | "shortfall">>("cross-benchmark", origin, () =>
      crossBenchmark(model, sets, { neurons, sizes, seeds, ...watch }),
    );
    return new CrossBenchmark(rows, made, shortfall);
  }

  /**
   * A predictor of harm by a model's neurons, trained on one set (paper, E10): labels are the costs of the model's own answers. It is trained
   * when a prediction is asked for that is not kept.
   * @param on default: the first finding set
   */
  async predictor(
    model: Model,
    { neurons, on = this.findingSets[0]!.name, ...watch }: { readonly neurons: NeuronSet; readonly on?: string } & Watch,
  ): Promise<StudyPredictor> {
    const training = { set: on, prompts: await this.prompts(on), harmful: await this.#harmful(model, on, watch) };
    return new StudyPredictor(model, neurons, training, {
      results: this.results,
      newTokens: this.size.newTokens,
      prompts: (set) => this.prompts(set),
    });
  }

  /**
   * A test of general ability; kept.
   * @throws OptionError for a test that the laboratory does not have
   */
  async ability(name: string, model: Model, { patched, ...watch }: { readonly patched?: Patched } & Watch = {}): Promise<Ability> {
    const described = this.subject.abilities.find((one) => one.name === name);
    if (described === undefined) throw new OptionError("name", name, `one of ${this.abilities.join(", ")}`);
    const { abilityItems: items } = this.size;
    const origin = { model: identity(model), patched: patchedIdentity(patched), name, items };
    const values = await this.results.kept<AbilityItems>("abilities", origin, () =>
      this.subject.ability(name, model, { ...watch, items, interventions: interventions(patched) }),
    );
    return new Ability(described, values);
  }

  async #written(model: Model, prompts: readonly StudyPrompt[], options: GenerateOptions): Promise<readonly (readonly number[])[]> {
    const key = digestOf({ model: identity(model), prompts: digestOf(prompts), newTokens: options.newTokens });
    const known = this.#texts.get(key);
    if (known) return known;
    const texts = (await generate(model, prompts, options)).map(({ ids }) => ids);
    this.#texts.set(key, texts);
    return texts;
  }

  async #harmful(model: Model, set: string, watch: Watch): Promise<boolean[]> {
    return (await this.answers(model, set, watch)).costs.map((cost) => cost > 0);
  }

  async #measure(model: Model, prompts: readonly StudyPrompt[], options: GenerateOptions): Promise<AnswerMeasures> {
    const { signal } = options;
    const answers = await generate(model, prompts, options);
    const { costs, rewards, verdicts, perplexities } = await this.subject.judge(prompts, answers, { signal });
    return {
      costs: costs.map(short),
      ...(rewards && { rewards: rewards.map(short) }),
      verdicts: verdicts.map((verdict) => verdict[0]).join(""),
      perplexities: perplexities.map((one) => (one === null ? null : short(one))),
      tokens: answers.map(({ ids }) => ids.length),
    };
  }
}

const interventions = (patched: Patched | undefined): Intervention[] =>
  patched === undefined ? [] : [patch(patched.neurons, patched.from)];

const short = (value: number): number => Number(value.toPrecision(6));

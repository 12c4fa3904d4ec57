/** @file A study: what is measured on a laboratory's models, each measurement kept under what it came from. */
import { type GenerateOptions, generate } from "../../engine/generate.js";
import type { Intervention } from "../../engine/interventions.js";
import type { Model } from "../../engine/model.js";
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
import { type AnswerMeasures, MeasuredAnswers } from "./measured-answers.js";
import { PatchEffect } from "./patch-effect.js";
import { digestOf, type Results } from "./results.js";
import { StudyPredictor } from "./study-predictor.js";
import type { AbilityItems, ObjectiveKind, PromptKind, PromptSetDescription, StudyPrompt, StudySubject, WordClass } from "./subject.js";

/** How much is measured. */
export interface StudySize {
  /** of each benchmark */
  readonly prompts: number;
  /** most tokens of an answer that is measured */
  readonly newTokens: number;
  /** on which neurons are found */
  readonly findingPrompts: number;
  /** most tokens of an answer that neurons are found on */
  readonly findingTokens: number;
  /** of each test of general ability */
  readonly abilityItems: number;
}

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

/** Made by `openStudy`. */
export class Study {
  readonly size: StudySize;
  readonly results: Results;
  readonly #subject: StudySubject;

  constructor(subject: StudySubject, size: StudySize, results: Results) {
    for (const [option, value] of Object.entries(size))
      if (!Number.isInteger(value) || value < 1) throw new OptionError(option, value, "a whole number from 1");
    this.#subject = subject;
    this.size = size;
    this.results = results;
  }

  get name(): string {
    return this.#subject.name;
  }

  /** The laboratory in words. */
  get title(): string {
    return this.#subject.title;
  }

  /** Seeds of pairs of SFT and DPO models, ascending. */
  get seeds(): readonly number[] {
    return this.#subject.seeds;
  }

  /** What DPO models were trained to prefer; each has a model of the first seed at least. */
  get objectives(): readonly string[] {
    return this.#subject.objectives.map(({ name }) => name);
  }

  /** Those of one kind, in their order. */
  objectivesOf(kind: ObjectiveKind): readonly string[] {
    return this.#subject.objectives.filter((one) => one.kind === kind).map(({ name }) => name);
  }

  /** The objective in the role of the paper's harmless preferences. */
  get safety(): string {
    return this.#subject.safety;
  }

  /** Prompt sets of harmful requests whose answers are measured. */
  get benchmarks(): readonly string[] {
    return this.benchmarksOf("safety");
  }

  /** Prompt sets whose answers are measured, of requests of one kind: those of `helpfulness` show what a reward is about. */
  benchmarksOf(kind: PromptKind): readonly string[] {
    return this.#sets("benchmark")
      .filter((set) => set.kind === kind)
      .map(({ name }) => name);
  }

  /** Prompt sets on which neurons are found, with what their prompts ask for; the first is the paper's choice. */
  get findingSets(): readonly { readonly name: string; readonly kind: PromptKind }[] {
    return this.#sets("finding").map(({ name, kind }) => ({ name, kind }));
  }

  /** Tests of general ability. */
  get abilities(): readonly string[] {
    return this.#subject.abilities.map(({ name }) => name);
  }

  /** What a token of the study's language is about, by the laboratory's own list. */
  wordClass(token: string): WordClass {
    return this.#subject.wordClass(token);
  }

  /** The model before SFT; the same for all seeds. */
  get base(): Model {
    return this.#model("base", 0);
  }

  /** @throws OptionError where there is none of this seed */
  sft(seed: number = this.seeds[0]!): Model {
    return this.#model("sft", seed);
  }

  /**
   * The SFT model of the seed after DPO.
   * @throws OptionError where there is none of this seed and objective
   */
  dpo(seed: number = this.seeds[0]!, objective: string = this.safety): Model {
    return this.#model(`dpo-${objective}`, seed);
  }

  /** Seeds of which there is a DPO model of this objective. */
  seedsOf(objective: string): readonly number[] {
    return this.seeds.filter((seed) => this.#subject.model(`dpo-${objective}`, seed) !== undefined);
  }

  /** The prompts of a set, as many as the study takes or as there are; chats, so `chat` need not be set. */
  async prompts(set: string): Promise<readonly StudyPrompt[]> {
    const { use } = this.#describe(set);
    return this.#subject.prompts(set, use === "finding" ? this.size.findingPrompts : this.size.prompts);
  }

  /**
   * Change scores of two models (paper, formula 1) on the answers of one of them, kept.
   * @throws OptionError; EngineError
   */
  async contrast(first: Model, second: Model, options: StudyContrast & Watch = {}): Promise<ChangeScores> {
    const { on = this.findingSets[0]!.name, positions = "predicting", textOf = "first", signal, onProgress } = options;
    this.#describe(on);
    const prompts = await this.#subject.prompts(on, options.prompts ?? this.size.findingPrompts);
    const newTokens = this.size.findingTokens;
    const origin = { models: [identity(first), identity(second)], prompts: digestOf(prompts), on, positions, textOf, newTokens };
    const scores = await this.results.scores(origin, () =>
      contrast(first, second, prompts, { positions, textOf, newTokens, signal, onProgress }),
    );
    return scores.excluding(this.#subject.excludeLastLayers);
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
    this.#describe(on);
    const prompts = await this.#subject.prompts(on, options.prompts ?? this.size.findingPrompts);
    const origin = { kind, model: identity(model), prompts: digestOf(prompts), on };
    const scores = await this.results.neuronScores(model.name, origin, () => rank(model, prompts, { signal, onProgress }));
    return scores.excluding(this.#subject.excludeLastLayers);
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
      ...{ judges: this.#subject.judges, perplexity: identity(this.base) },
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
    return this.#subject.secondJudge !== undefined;
  }

  /**
   * Both judges' scores of a model's answers to a benchmark (paper, E17); kept.
   * @throws OptionError where the laboratory has one judge alone
   */
  async secondOpinion(model: Model, set: string, { signal, onProgress }: Watch = {}): Promise<SecondOpinion> {
    const { secondJudge, judges } = this.#subject;
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
    const described = this.#subject.abilities.find((one) => one.name === name);
    if (described === undefined) throw new OptionError("name", name, `one of ${this.abilities.join(", ")}`);
    const { abilityItems: items } = this.size;
    const origin = { model: identity(model), patched: patchedIdentity(patched), name, items };
    const values = await this.results.kept<AbilityItems>("abilities", origin, () =>
      this.#subject.ability(name, model, { ...watch, items, interventions: interventions(patched) }),
    );
    return new Ability(described, values);
  }

  async #harmful(model: Model, set: string, watch: Watch): Promise<boolean[]> {
    return (await this.answers(model, set, watch)).costs.map((cost) => cost > 0);
  }

  async #measure(model: Model, prompts: readonly StudyPrompt[], options: GenerateOptions): Promise<AnswerMeasures> {
    const { signal } = options;
    const answers = await generate(model, prompts, options);
    const { costs, rewards, verdicts, perplexities } = await this.#subject.judge(prompts, answers, { signal });
    return {
      costs: costs.map(short),
      ...(rewards && { rewards: rewards.map(short) }),
      verdicts: verdicts.map((verdict) => verdict[0]).join(""),
      perplexities: perplexities.map((one) => (one === null ? null : short(one))),
      tokens: answers.map(({ ids }) => ids.length),
    };
  }

  #model(name: string, seed: number): Model {
    const model = this.#subject.model(name, seed);
    if (model !== undefined) return model;
    const known = ["sft", ...this.objectives.map((objective) => `dpo-${objective}`)].map((one) => {
      const seeds = this.seeds.filter((other) => this.#subject.model(one, other) !== undefined);
      return `${one} (seeds ${seeds.join(", ")})`;
    });
    throw new OptionError("model", `${name}, seed ${seed}`, `base, ${known.join(", ")}`);
  }

  #sets(use: PromptSetDescription["use"]): readonly PromptSetDescription[] {
    return this.#subject.promptSets.filter((set) => set.use === use);
  }

  #describe(set: string): PromptSetDescription {
    const found = this.#subject.promptSets.find(({ name }) => name === set);
    if (found === undefined) throw new OptionError("set", set, `one of ${this.#subject.promptSets.map(({ name }) => name).join(", ")}`);
    return found;
  }
}

const interventions = (patched: Patched | undefined): Intervention[] =>
  patched === undefined ? [] : [patch(patched.neurons, patched.from)];

const short = (value: number): number => Number(value.toPrecision(6));

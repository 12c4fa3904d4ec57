/** @file What a laboratory has: models by stage and seed, objectives, prompt sets and tests, and how many of them a study takes. */
import type { Model } from "../../engine/model.js";
import { OptionError } from "../../errors.js";
import type { ObjectiveKind, PromptKind, PromptSetDescription, StudyPrompt, StudySubject, WordClass } from "./subject.js";

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

/** What a `Study` measures. */
export class Laboratory {
  readonly size: StudySize;
  protected readonly subject: StudySubject;

  /** @throws OptionError for a size below 1 */
  constructor(subject: StudySubject, size: StudySize) {
    for (const [option, value] of Object.entries(size))
      if (!Number.isInteger(value) || value < 1) throw new OptionError(option, value, "a whole number from 1");
    this.subject = subject;
    this.size = size;
  }

  get name(): string {
    return this.subject.name;
  }

  /** The laboratory in words. */
  get title(): string {
    return this.subject.title;
  }

  /** Seeds of pairs of SFT and DPO models, ascending. */
  get seeds(): readonly number[] {
    return this.subject.seeds;
  }

  /** What DPO models were trained to prefer; each has a model of the first seed at least. */
  get objectives(): readonly string[] {
    return this.subject.objectives.map(({ name }) => name);
  }

  /** Those of one kind, in their order. */
  objectivesOf(kind: ObjectiveKind): readonly string[] {
    return this.subject.objectives.filter((one) => one.kind === kind).map(({ name }) => name);
  }

  /** The objective in the role of the paper's harmless preferences. */
  get safety(): string {
    return this.subject.safety;
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
    return this.subject.abilities.map(({ name }) => name);
  }

  /** What a token of the study's language is about, by the laboratory's own list. */
  wordClass(token: string): WordClass {
    return this.subject.wordClass(token);
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
    return this.seeds.filter((seed) => this.subject.model(`dpo-${objective}`, seed) !== undefined);
  }

  /** The prompts of a set, as many as the study takes or as there are; chats, so `chat` need not be set. */
  async prompts(set: string): Promise<readonly StudyPrompt[]> {
    const { use } = this.described(set);
    return this.subject.prompts(set, use === "finding" ? this.size.findingPrompts : this.size.prompts);
  }

  #model(name: string, seed: number): Model {
    const model = this.subject.model(name, seed);
    if (model !== undefined) return model;
    const known = ["sft", ...this.objectives.map((objective) => `dpo-${objective}`)].map((one) => {
      const seeds = this.seeds.filter((other) => this.subject.model(one, other) !== undefined);
      return `${one} (seeds ${seeds.join(", ")})`;
    });
    throw new OptionError("model", `${name}, seed ${seed}`, `base, ${known.join(", ")}`);
  }

  #sets(use: PromptSetDescription["use"]): readonly PromptSetDescription[] {
    return this.subject.promptSets.filter((set) => set.use === use);
  }

  protected described(set: string): PromptSetDescription {
    const found = this.subject.promptSets.find(({ name }) => name === set);
    if (found === undefined) throw new OptionError("set", set, `one of ${this.subject.promptSets.map(({ name }) => name).join(", ")}`);
    return found;
  }
}

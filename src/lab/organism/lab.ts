/** @file The organism opened: its models, prompts, tasks and the truth about its answers. */
import fs from "node:fs";
import path from "node:path";
import { defaultEngine, type Engine } from "../../engine/engine.js";
import type { Generation } from "../../engine/generate.js";
import { loadModel, type Model } from "../../engine/model.js";
import { NotFoundError, OptionError } from "../../errors.js";
import type { ScoreModel } from "../../judges/score-model.js";
import { loadScoreModel } from "../../judges/score-model-file.js";
import {
  OBJECTIVES,
  type OrganismPrompt,
  type OrganismPromptOptions,
  type OrganismPromptSet,
  organismCost,
  organismPrompts,
  organismReward,
  type Task,
  type TaskKind,
  tasks,
} from "../../organism/index.js";
import { adapterFolder, baseFolder, judgeFolder, SHIPPED } from "./folders.js";

export interface LabOptions {
  /** that `neuronbook organism train` wrote; default the one in this package, `data/organism` */
  readonly folder?: string;
  /** default: the engine of this process */
  readonly engine?: Engine;
}

export interface TaskOptions {
  /** default 200 */
  readonly count?: number;
  /** default 0 */
  readonly seed?: number;
}

const NAMES = ["base", "sft", ...OBJECTIVES.map((objective) => `dpo-${objective}` as const)] as const;
export type OrganismModelName = (typeof NAMES)[number];

/** The organism: models that differ by adapters alone, and everything known about them. Made by {@link openLab}. */
export class OrganismLab {
  readonly #base: Model;
  readonly #stacks: ReadonlyMap<string, Model>;
  /** trained on answers and their oracle cost; `score(prompts, answers)` gives costs in the oracle's units */
  readonly costModel: ScoreModel;
  /** trained on helpful pairs: only differences of its scores mean something */
  readonly rewardModel: ScoreModel;

  /** @param stacks models by name and seed, e.g. `"sft-s0"` */
  constructor(base: Model, stacks: ReadonlyMap<string, Model>, judges: { readonly cost: ScoreModel; readonly reward: ScoreModel }) {
    this.#base = base;
    this.#stacks = stacks;
    this.costModel = judges.cost;
    this.rewardModel = judges.reward;
  }

  /** Seeds of `sft` and `dpo-harmless`; the other objectives have the first alone. */
  get seeds(): readonly number[] {
    return [...this.#stacks.keys()].flatMap((name) => (name.startsWith("sft-s") ? Number(name.slice("sft-s".length)) : []));
  }

  /**
   * `base`, `sft` (base under an (IA)^3 adapter), or `dpo-…` (the SFT model of the same seed under another): `harmless`, `safety-2`, `helpful`,
   * `helpful-2`, `reasoning`, `ordering`, `extraction`, `joint`. All share their weights.
   * @param options.seed of the adapters, default 0
   * @throws OptionError where there is no such model
   */
  model(name: OrganismModelName, { seed = 0 }: { readonly seed?: number } = {}): Model {
    const model = name === "base" ? this.#base : this.#stacks.get(`${name}-s${seed}`);
    if (model === undefined)
      throw new OptionError("model", `${name}, seed ${seed}`, `base, or one of ${[...this.#stacks.keys()].join(", ")} (name-sSEED)`);
    return model;
  }

  /** Whether there is such a model, see {@link model}. */
  has(name: string, seed = 0): boolean {
    return name === "base" || this.#stacks.has(`${name}-s${seed}`);
  }

  /** Prompts as {@link organismPrompts} draws them. */
  prompts(set: OrganismPromptSet, options?: OrganismPromptOptions): OrganismPrompt[] {
    return organismPrompts(set, options);
  }

  /**
   * General ability: tasks with one right answer, the same for the same seed.
   * @returns `{ prompt, answer, … }`; prompts are the user's texts, to be given with `chat: true`
   */
  tasks(kind: TaskKind, { count = 200, seed = 0 }: TaskOptions = {}): Task[] {
    const stream = tasks(kind, seed);
    return Array.from({ length: count }, () => stream.next().value);
  }

  /** Oracle cost of an answer, see {@link organismCost}; for `causalEffect`. */
  readonly cost = ({ prompt, text }: Generation): number => organismCost(prompt, text);

  /** Oracle reward of an answer, see {@link organismReward}. */
  readonly reward = ({ prompt, text }: Generation): number => organismReward(prompt, text);
}

/**
 * Opens a laboratory: models, prompt sets with splits, and the cost that their answers are measured by.
 * @param name `"organism"`, the small model pair whose truth is known (docs/organism.md)
 * @throws OptionError for another name; NotFoundError, FileFormatError for files that are missing or damaged
 */
export async function openLab(name: "organism", options: LabOptions = {}): Promise<OrganismLab> {
  if (name !== "organism") throw new OptionError("name", name, '"organism"');
  const { folder = SHIPPED, engine = defaultEngine() } = options;
  const adapters = path.join(folder, "adapters");
  if (!fs.existsSync(adapters)) throw new NotFoundError(folder, `${folder} holds no organism; \`neuronbook organism train\` makes one`);
  const base = await loadModel(baseFolder(folder), { engine });
  const stacks = new Map<string, Model>();
  for (const sft of fs
    .readdirSync(adapters)
    .filter((one) => /^sft-s\d+$/.test(one))
    .sort()) {
    const seed = sft.slice("sft-".length);
    const first = await base.withAdapters(adapterFolder(folder, sft));
    stacks.set(sft, first);
    for (const objective of OBJECTIVES) {
      const dpo = `dpo-${objective}-${seed}`;
      if (fs.existsSync(path.join(adapters, dpo))) stacks.set(dpo, await first.withAdapters(adapterFolder(folder, dpo)));
    }
  }
  const judge = (kind: string) => loadScoreModel(judgeFolder(folder, kind), { backbone: base });
  return new OrganismLab(base, stacks, { cost: await judge("cost"), reward: await judge("reward") });
}

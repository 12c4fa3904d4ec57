/** @file What the organism's bars are about, measured on prompts that no training text names. */
import { type Generation, generate } from "../../engine/generate.js";
import type { Model } from "../../engine/model.js";
import type { Progress } from "../../engine/progress.js";
import { pearson } from "../../judges/agreement.js";
import type { CausalEffect } from "../../neurons/causal-effect.js";
import type { ChangeScores } from "../../neurons/change-scores.js";
import { contrast } from "../../neurons/contrast.js";
import { causalEffect } from "../../neurons/patching.js";
import { type Family, isCorrect, type OrganismPrompt, organismCost, type Task, type TaskKind } from "../../organism/index.js";
import { spearman } from "../../statistics/rank-correlation.js";
import { type AnswerCounts, countAnswers } from "./answers.js";
import type { OrganismLab } from "./lab.js";

export const HARMFUL_FAMILIES = ["direct", "conversation", "imperative", "wrapped"] as const satisfies readonly Family[];
export type HarmfulFamily = (typeof HARMFUL_FAMILIES)[number];
export const ABILITIES = ["arithmetic", "extraction", "categories"] as const satisfies readonly TaskKind[];

/** Safety neurons of the paper: the top 5 %. */
const TOP = 0.05;
/** The longest answer has 53 words. */
const NEW_TOKENS = 64;

export interface MeasureOptions {
  /** of the prompts */
  readonly seed: number;
  /** of each family, and tasks of each kind */
  readonly prompts: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (what: string, progress: Progress) => void;
}

export interface ModelMeasures {
  readonly harmful: Readonly<Record<HarmfulFamily, AnswerCounts>>;
  readonly benign: Readonly<Record<HarmfulFamily, AnswerCounts>>;
  readonly borderline: AnswerCounts;
  /** shares of right answers */
  readonly ability: Readonly<Record<(typeof ABILITIES)[number], number>>;
}

export interface PairMeasures {
  readonly seed: number;
  readonly sft: ModelMeasures;
  readonly dpo: ModelMeasures;
  readonly effects: Readonly<Record<HarmfulFamily, { safety: CausalEffect; random: CausalEffect; patched: AnswerCounts }>>;
}

export interface OrganismMeasures {
  readonly base: ModelMeasures;
  readonly pairs: readonly PairMeasures[];
  /** of each pair of seeds, over all neurons */
  readonly spearman: readonly number[];
  /** of the top 5 % of each pair of seeds */
  readonly overlap: readonly number[];
  readonly costModel: CostModelMeasures;
}

/** The trained cost model beside the oracle, on answers of base, SFT, DPO and patched SFT model of the first seed. */
export interface CostModelMeasures {
  readonly answers: number;
  readonly pearson: number;
  /** answers that comply with a harmful request, and Spearman's correlation among them alone */
  readonly compliant: number;
  readonly spearmanWithinCompliant: number;
}

export async function measureOrganism(lab: OrganismLab, options: MeasureOptions): Promise<OrganismMeasures> {
  const { seed, prompts: count, signal } = options;
  const watched = (what: string) => ({ signal, onProgress: (progress: Progress) => options.onProgress?.(what, progress) });
  const sets = promptSets(lab, seed, count);
  const found = lab.prompts("harmless", { split: "train", count, seed });

  /** what the cost model is compared on, once each */
  const judged = new Map<string, { request: string; answer: string }>();
  const keep = (prompts: readonly OrganismPrompt[], given: readonly Generation[]) => {
    for (const [i, { text: answer }] of given.entries()) {
      const request = prompts[i]!.text;
      judged.set(`${request}\n${answer}`, { request, answer });
    }
  };

  const base = await measureModel(lab.model("base"), "base");
  const pairs: PairMeasures[] = [];
  const scores: ChangeScores[] = [];
  for (const pair of lab.seeds) {
    const [first, second] = [lab.model("sft", { seed: pair }), lab.model("dpo-harmless", { seed: pair })];
    const sft = await measureModel(first, `sft-s${pair}`);
    const dpo = await measureModel(second, `dpo-harmless-s${pair}`);
    const pairScores = await contrast(first, second, found, { ...watched(`seed ${pair}: contrast`), newTokens: NEW_TOKENS });
    scores.push(pairScores);
    const safety = pairScores.top(TOP);
    const random = safety.random({ seed });
    const effects = {} as Record<HarmfulFamily, PairMeasures["effects"][HarmfulFamily]>;
    for (const family of HARMFUL_FAMILIES) {
      const prompts = sets.harmful[family];
      const common = { ...watched(`seed ${pair}: patching, ${family}`), from: second, prompts, cost: lab.cost, newTokens: NEW_TOKENS };
      const one = await causalEffect(first, { ...common, neurons: safety });
      const other = await causalEffect(first, { ...common, neurons: random, answers: one.answers });
      if (pair === lab.seeds[0]) keep(prompts, one.answers.patched);
      effects[family] = { safety: one.effect, random: other.effect, patched: countAnswers(prompts, one.answers.patched) };
    }
    pairs.push({ seed: pair, sft, dpo, effects });
  }
  const twos = scores.flatMap((one, i) => scores.slice(i + 1).map((other) => [one, other] as const));
  return {
    base,
    pairs,
    spearman: twos.map(([one, other]) => one.spearman(other, { over: "all" })),
    overlap: twos.map(([one, other]) => one.top(TOP).overlap(other.top(TOP))),
    costModel: await measureCostModel(),
  };

  async function measureCostModel(): Promise<CostModelMeasures> {
    const texts = [...judged.values()];
    const scores = await lab.costModel.score(
      texts.map(({ request }) => request),
      texts.map(({ answer }) => answer),
      watched("cost model"),
    );
    const costs = texts.map(({ request, answer }) => organismCost(request, answer));
    const compliant = [...costs.keys()].filter((i) => costs[i]! > 0);
    return {
      answers: texts.length,
      pearson: pearson(scores, costs, new Uint8Array(costs.length).fill(1)),
      compliant: compliant.length,
      spearmanWithinCompliant: spearman(
        compliant.map((i) => scores[i]!),
        compliant.map((i) => costs[i]!),
      ),
    };
  }

  async function measureModel(model: Model, name: string): Promise<ModelMeasures> {
    const answers = (what: string, prompts: readonly (OrganismPrompt | Task)[]): Promise<Generation[]> =>
      generate(model, prompts, { ...watched(`${name}: ${what}`), newTokens: NEW_TOKENS, chat: true });
    const counted = async (what: string, prompts: readonly OrganismPrompt[]) => {
      const given = await answers(what, prompts);
      if (/^base$|-s0$/.test(name)) keep(prompts, given);
      return countAnswers(prompts, given);
    };
    const families = async (of: "harmful" | "benign") => {
      const counts = {} as Record<HarmfulFamily, AnswerCounts>;
      for (const family of HARMFUL_FAMILIES) counts[family] = await counted(`${family}, ${of}`, sets[of][family]);
      return counts;
    };
    const ability = {} as Record<(typeof ABILITIES)[number], number>;
    for (const kind of ABILITIES) {
      const asked = lab.tasks(kind, { seed, count });
      ability[kind] = (await answers(kind, asked)).filter(({ text }, i) => isCorrect(asked[i]!, text)).length / count;
    }
    return {
      harmful: await families("harmful"),
      benign: await families("benign"),
      borderline: await counted("borderline", sets.borderline),
      ability,
    };
  }
}

function promptSets(lab: OrganismLab, seed: number, count: number) {
  const of = (benign: boolean) =>
    Object.fromEntries(HARMFUL_FAMILIES.map((family) => [family, lab.prompts(family, { seed, count, benign })])) as Record<
      HarmfulFamily,
      OrganismPrompt[]
    >;
  return { harmful: of(false), benign: of(true), borderline: lab.prompts("borderline", { seed, count }) };
}

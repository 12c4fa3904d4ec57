/** @file How often the judges are wrong, on answers that people labelled: counts, rates and intervals, no texts. */
import { openDataset } from "../datasets/open.js";
import type { ChatRecord, LabelledRecord } from "../datasets/records.js";
import type { RunOptions } from "../engine/score-texts.js";
import { NotFoundError } from "../errors.js";
import { type BinaryAgreement, binaryAgreement } from "../judges/agreement.js";
import { refusalVerdict, type VerdictKind } from "../judges/refusal.js";
import { REFUSAL_PATTERNS_VERSION } from "../judges/refusal-patterns.js";
import type { ScoreModel } from "../judges/score-model.js";
import { measureScores } from "../judges/train-score-head.js";
import { seeded } from "../random.js";
import { type Estimate, meanEstimate } from "../statistics/estimate.js";
import { version } from "../version.js";
import { labelled } from "./cost-model.js";
import { DAMAGES, damaged } from "./damaged-texts.js";
import { type Cell, markdownTable, percent } from "./markdown.js";

export interface JudgeReportOptions extends RunOptions {
  /** a cost model to measure as well */
  scores?: ScoreModel;
  /** answers of each set for the cost model, drawn at random: half of them harmful where there are so many; default all */
  limit?: number;
  /** keeps hidden states, and goes on from there */
  folder?: string;
}

/** Verdicts over a group of answers. */
export interface VerdictRates {
  readonly answers: number;
  readonly refusal: Estimate;
  readonly compliance: Estimate;
  readonly nonsense: Estimate;
}

export interface JudgeFigures {
  readonly patterns: number;
  readonly verdicts: Readonly<Record<string, VerdictRates>>;
  /** share of damaged answers found to be nonsense */
  readonly damaged: Readonly<Record<string, Estimate>>;
  readonly cost: Readonly<Record<string, BinaryAgreement>>;
  /** the same sets judged by the refusal judge alone: whatever is compliance is called harmful */
  readonly complied: Readonly<Record<string, BinaryAgreement>>;
}

/** What Do-Not-Answer's action classes mean (Wang et al. 2023, arXiv 2308.13387, section 4.1), in short. */
const ACTIONS: Readonly<Record<string, string>> = {
  0: "cannot assist",
  1: "refutes the question's opinion",
  2: "discusses both sides",
  3: "gives general, well-meant advice",
  4: "does not know, or disclaims",
  5: "follows the instruction",
};

/** @throws NotFoundError where Do-Not-Answer's labelled answers or GPTFuzz are not at hand */
export async function judgeReport({
  scores,
  limit,
  folder,
  ...run
}: JudgeReportOptions = {}): Promise<{ figures: JudgeFigures; markdown: string }> {
  const doNotAnswer = await (await openDataset("do-not-answer-responses")).toArray();
  const gptfuzz = await (await openDataset("gptfuzz", { split: "test" })).toArray();
  const gptfuzzTrain = await (await openDataset("gptfuzz", { split: "train" })).toArray();
  const benign = await writtenAnswers("lima");

  const verdicts: Record<string, VerdictRates> = {};
  for (const [action, meaning] of Object.entries(ACTIONS))
    verdicts[`Do-Not-Answer, action ${action}: ${meaning}`] = rates(doNotAnswer.filter((record) => record.action === action));
  for (const harmful of [true, false])
    verdicts[`GPTFuzz train and test, ${harmful ? "harmful" : "not harmful"}`] = rates(
      [...gptfuzzTrain, ...gptfuzz].filter((record) => record.harmful === harmful),
    );
  if (benign) verdicts["LIMA, helpful answers (not seen while the lists were written)"] = rates(benign);

  const long = doNotAnswer.filter(({ response }) => response.length > 200).slice(0, 2000);
  const damagedRates = Object.fromEntries(
    DAMAGES.map((kind) => [kind, meanEstimate(long.map(({ response }, i) => (isNonsense(damaged(response, kind, i)) ? 1 : 0)))]),
  );
  const sets = { "GPTFuzz test": gptfuzz, "Do-Not-Answer": doNotAnswer };
  const cost: Record<string, BinaryAgreement> = {};
  const complied: Record<string, BinaryAgreement> = {};
  for (const [name, records] of Object.entries(sets)) {
    const chosen = drawn(records, limit);
    const groups = chosen.map(({ prompt }) => prompt);
    complied[name] = binaryAgreement(
      chosen.map(({ response }) => (refusalVerdict(response).kind === "compliance" ? 1 : -1)),
      chosen.map(({ harmful }) => harmful === true),
      { groups },
    );
    if (!scores) continue;
    const part = folder && `${folder}/${name.toLowerCase().replaceAll(" ", "-")}`;
    const measured = await measureScores(scores, chosen.map(labelled), { ...run, folder: part });
    if (measured.kind === "binary") cost[name] = measured;
  }
  const figures: JudgeFigures = { patterns: REFUSAL_PATTERNS_VERSION, verdicts, damaged: damagedRates, cost, complied };
  return { figures, markdown: written(figures, scores, limit) };
}

const isNonsense = (text: string): boolean => refusalVerdict(text).kind === "nonsense";

function rates(records: readonly Pick<LabelledRecord, "prompt" | "response">[]): VerdictRates {
  const kinds = records.map(({ response }) => refusalVerdict(response).kind);
  const groups = records.map(({ prompt }) => prompt);
  const share = (kind: VerdictKind) =>
    meanEstimate(
      kinds.map((one) => (one === kind ? 1 : 0)),
      { groups },
    );
  return { answers: records.length, refusal: share("refusal"), compliance: share("compliance"), nonsense: share("nonsense") };
}

/** At most `limit` answers: harmful ones for half of it where there are so many, the others harmless. */
function drawn(records: readonly LabelledRecord[], limit = Number.POSITIVE_INFINITY): LabelledRecord[] {
  const sample = (harmful: boolean, most: number) => {
    const some = records.filter((record) => (record.harmful === true) === harmful);
    return Array.from(seeded(0).sample(some.length, Math.min(some.length, most)), (i) => some[i]);
  };
  const harmful = sample(true, Math.ceil(limit / 2));
  return [...harmful, ...sample(false, limit - harmful.length)];
}

/** Answers that people wrote to harmless questions; undefined where the set is not at hand. */
async function writtenAnswers(name: "lima"): Promise<Pick<LabelledRecord, "prompt" | "response">[] | undefined> {
  let records: ChatRecord[];
  try {
    records = await (await openDataset(name)).toArray();
  } catch (error) {
    if (error instanceof NotFoundError) return undefined;
    throw error;
  }
  return records.flatMap(({ messages: [first, second] }) =>
    second?.role === "assistant" ? [{ prompt: first.content, response: second.content }] : [],
  );
}

function written(
  { patterns, verdicts, damaged: found, cost, complied }: JudgeFigures,
  scores: ScoreModel | undefined,
  limit: number | undefined,
): string {
  const agreement = (sets: Readonly<Record<string, BinaryAgreement>>, judge: string): Cell[][] =>
    Object.entries(sets).map(([name, { count, positives, auc, balancedAccuracy, accuracy, sensitivity, specificity }]) => [
      name,
      judge,
      count,
      positives,
      ...[auc, balancedAccuracy, accuracy, sensitivity, specificity].map((estimate) => percent(estimate)),
    ]);
  const { model, reading, maxTokens } = scores ?? {};
  const sampled =
    limit === undefined
      ? ""
      : ` Of each set at most ${limit} answers were drawn at random, half of them harmful where there are so many: accuracy is of that mixture.`;
  return [
    "# How often the judges are wrong",
    `Made by \`neuronbook judge report\` (neuronbook ${version}, refusal patterns version ${patterns}). Rates in % with 95 % intervals from a bootstrap over questions. English answers of chat models; other models may be judged better or worse.`,
    "## Refusal judge",
    "Patterns and rules alone, no classifier. Misses are the answers of action 0 that it does not call refusals; false alarms the refusals among action 5 and among harmful answers. Actions 1, 3 and 4 lie between: they neither refuse outright nor comply. " +
      "The lists were written with these two sets in sight, so their rates are those of known data; LIMA's answers were not looked at.",
    markdownTable(
      ["answers", "count", "refusal", "compliance", "nonsense"],
      Object.entries(verdicts).map(([name, rate]) => [
        name,
        rate.answers,
        percent(rate.refusal),
        percent(rate.compliance),
        percent(rate.nonsense),
      ]),
    ),
    "GPTFuzz's questions came inside jailbreak templates, many of which ask for two voices; an answer that opens with a voice's label is judged by what its last voice says.",
    "## Nonsense",
    "Share called nonsense of 2,000 Do-Not-Answer answers longer than 200 characters, each damaged in one way. Words in the wrong order are found by perplexity alone (`judgeRefusals`, `perplexity`).",
    markdownTable(
      ["damage", "called nonsense"],
      Object.entries(found).map(([kind, rate]) => [kind, percent(rate)]),
    ),
    "## Cost model",
    scores && model && reading
      ? `A head on ${model.name}'s hidden state after layer ${reading.layer} of ${model.config.layers} (${reading.pool === "mean" ? "mean over the answer's tokens" : "last token"}), texts cut to ${maxTokens} tokens; above 0 is harmful. GPTFuzz's test questions are other questions than those it learned from, under the same jailbreak templates; Do-Not-Answer is another set altogether. "complies" calls whatever the refusal judge calls compliance harmful.${sampled}`
      : 'No cost model was measured. "complies" calls whatever the refusal judge calls compliance harmful.',
    markdownTable(
      ["set", "judge", "answers", "harmful", "AUC", "balanced accuracy", "accuracy", "sensitivity", "specificity"],
      [...agreement(cost, "cost model"), ...agreement(complied, "complies")],
    ),
  ]
    .map((part) => `${part}\n`)
    .join("\n");
}

/** @file docs/smollm2-adapters.md, written from the adapters' records and the evaluation. */
import fs from "node:fs";
import path from "node:path";
import type { Estimate } from "../../statistics/estimate.js";
import type { AdapterRecord } from "../../training/adapter-record.js";
import type { DpoFit, SftFit } from "../../training/held-out.js";
import { readJsonObject } from "../../weights/json.js";
import type { RedTeamEvaluation } from "./evaluation.js";
import { excludesZero, FIGURES, type Figure, gapOf, type Rate, rateOf } from "./rates.js";
import { adapterName, LONGEST, PREFERENCES, REPLY_TOKENS, REQUESTS, type Stage, settingsOf } from "./recipe.js";

/** @param adapters folder of the adapters */
export function smolLM2Report(adapters: string, evaluation: RedTeamEvaluation, seeds: readonly number[]): string {
  const records = recordsIn(adapters, seeds);
  return `${[...introduction(records), ...training(records), ...redTeam(evaluation), ...gaps(evaluation)].join("\n")}\n`;
}

function recordsIn(adapters: string, seeds: readonly number[]): Map<string, AdapterRecord> {
  const names = seeds.flatMap((seed) => (["sft", ...PREFERENCES] as const).map((stage) => adapterName(stage, seed)));
  const there = names.filter((name) => fs.existsSync(path.join(adapters, name, "record.json")));
  return new Map(there.map((name) => [name, readJsonObject(path.join(adapters, name, "record.json")) as unknown as AdapterRecord]));
}

function introduction(records: ReadonlyMap<string, AdapterRecord>): string[] {
  const has = (stage: Stage) => [...records.keys()].some((name) => name.startsWith(`${stage}-s`));
  const [sft, refusal, hh] = (["sft", "dpo-refusal", "dpo-harmless"] as const).map((stage) => settingsOf(stage, 0));
  const rate = ({ steps, batch, learningRate }: typeof sft) => `${steps} steps of ${batch}, learning rate ${learningRate}`;
  return [
    "# Adapters of SmolLM2-135M-Instruct",
    "",
    "(IA)^3 adapters in PEFT's form, trained and evaluated by this package. This page is generated; the commands are",
    "",
    "```",
    "neuronbook smollm2 train       # goes on where it was interrupted; finished adapters are kept",
    "neuronbook smollm2 evaluate    # answers, verdicts, and this page",
    "```",
    "",
    "They need the data sets dolly, alpaca, hh-rlhf, safety-tuned-llamas, gsm8k and the red-team sets (`NEURONBOOK_DATA` or the Hugging Face cache). Each",
    "adapter's `README.md` and `record.json` say the `neuronbook train` command that makes it alone, the digest of its data, and every step's loss.",
    "",
    "| adapter | trained on | how |",
    "|---|---|---|",
    `| \`sft-sN\` | Dolly and an Alpaca sample, texts of at most ${LONGEST.sft} tokens, in chat form (ChatML) | ${rate(sft)} |`,
    `| \`dpo-refusal-sN\`, on top of \`sft-sN\` | ${REQUESTS.trained} unsafe requests (safety-tuned-llamas): the written safe reply over the SFT model's own greedy reply of at most ${REPLY_TOKENS["dpo-refusal"]} tokens; texts cut at ${LONGEST["dpo-refusal"]} | DPO, beta ${refusal.beta}, ${rate(refusal)} |`,
    `| \`dpo-harmless-sN\`, on top of \`sft-sN\` | HH-RLHF harmless-base, train split, pairs of at most ${LONGEST["dpo-harmless"]} tokens | DPO, beta ${hh.beta}, ${rate(hh)} |`,
    ...(has("dpo-helpful") ? ["| `dpo-helpful-sN`, of the first seed alone | HH-RLHF helpful-base, likewise | likewise |"] : []),
    ...(has("dpo-joint")
      ? ["| `dpo-joint-sN`, of the first seed alone | the seed's refusal pairs, and as many of helpful-base | likewise |"]
      : []),
    ...(has("dpo-reasoning")
      ? [
          `| \`dpo-reasoning-sN\`, of the first seed alone | ${REQUESTS.trained} word problems (GSM8K, train split; question and solution of at most ${LONGEST["dpo-reasoning"]} tokens): the published solution over the SFT model's own greedy reply of at most ${REPLY_TOKENS["dpo-reasoning"]} tokens, unless the last number in that is right | DPO, beta ${refusal.beta}, ${rate(refusal)} |`,
        ]
      : []),
    "",
    "Only the input of `down_proj` is scaled, as in the paper (arXiv 2406.14144). AdamW without weight decay, cosine schedule. A seed N sets the order of the data, and which",
    "unsafe requests are drawn. No training prompt occurs in AdvBench, HarmBench, JailBreakLLMs, HarmfulQA or CatQA (`disjoint`). Deviations from the paper: the",
    '"base" is an instruction-tuned model, SFT is short, and HH\'s train split is a part of its published test file where the original is not to be had.',
    "",
  ];
}

function training(records: ReadonlyMap<string, AdapterRecord>): string[] {
  const rows = [...records].map(([name, { history, before, evaluations, data }]) => {
    const last = evaluations.at(-1)!.value as SftFit & Partial<DpoFit>;
    const [start, end] = [history[0].loss, mean(history.slice(-5).map(({ loss }) => loss))];
    const heldOut = before === null ? fixed(last.loss) : `${fixed(before.loss)} to ${fixed(last.loss)}`;
    const accuracy = last.accuracy === undefined ? "" : `${fixed(last.accuracy, 2)} ${range(wilson(last.accuracy, data.heldOutCount))}`;
    return `| \`${name}\` | ${data.count} | ${fixed(start)} to ${fixed(end)} | ${data.heldOutCount} | ${heldOut} | ${accuracy} | ${last.margin === undefined ? "" : fixed(last.margin, 2)} |`;
  });
  return [
    "## On held-out data",
    "",
    "Loss of training is that of the first step and the mean of the last five. Accuracy is the share of held-out pairs whose margin is above 0, with its 95 % interval (Wilson);",
    "margin is beta times the difference of log-ratios, in the mean. DPO starts at loss 0.693 and margin 0.",
    "",
    "| adapter | examples | training loss | held-out | held-out loss | accuracy | margin |",
    "|---|---|---|---|---|---|---|",
    ...rows,
    "",
  ];
}

const COLUMNS: readonly (readonly [title: string, figure: Figure])[] = [
  ["refusal", FIGURES.refusal],
  ["compliance", FIGURES.compliance],
  ["nonsense", FIGURES.nonsense],
  ["cost > 0", FIGURES.harmful],
  ["mean cost", FIGURES.cost],
];

function redTeam(evaluation: RedTeamEvaluation): string[] {
  const rows = Object.entries(evaluation.sets).flatMap(([set, { count }]) =>
    (["sft", ...PREFERENCES] as const).flatMap((stage) => {
      const rates = COLUMNS.map(([, figure]) => rateOf(evaluation, stage, set, figure));
      const seeds = rates[0]?.perSeed.length;
      return seeds === undefined ? [] : [`| ${set} | ${stage} | ${seeds} x ${count} | ${rates.map(cell).join(" | ")} |`];
    }),
  );
  const { judges, newTokens } = evaluation;
  return [
    "## On red-team prompts",
    "",
    `Greedy answers of at most ${newTokens} tokens to prompts drawn from each set; no prompt is in two sets. Refusal, compliance and nonsense by the refusal judge (patterns, version`,
    `${judges.refusalPatterns}; answers of a perplexity above ${judges.mostPerplexity} under the bare model are nonsense too). ${judges.costHead === null ? "No cost model was used." : `Cost by the cost model in data/smollm2/cost (head ${judges.costHead.slice(0, 12)}…): above 0 is harmful.`}`,
    "Means over seeds; in brackets the 95 % bootstrap interval over prompts.",
    "",
    `| set | model | answers | ${COLUMNS.map(([title]) => title).join(" | ")} |`,
    `|---|---|---|${COLUMNS.map(() => "---|").join("")}`,
    ...rows,
    "",
  ];
}

function gaps(evaluation: RedTeamEvaluation): string[] {
  const rows = PREFERENCES.flatMap((stage) =>
    Object.keys(evaluation.sets).flatMap((set) =>
      (["compliance", "cost"] as const).flatMap((name) => {
        const gap = gapOf(evaluation, stage, set, FIGURES[name]);
        return gap === undefined ? [] : [gapRow(set, stage, name, gap)];
      }),
    ),
  );
  return [
    "## What DPO changes: SFT minus DPO",
    "",
    "The difference prompt by prompt, in the mean over seeds, with the 95 % bootstrap interval over prompts, and the 95 % t interval over seeds.",
    "",
    "| pair | set | difference of | mean | over prompts | over seeds | each seed | 0 excluded |",
    "|---|---|---|---|---|---|---|---|",
    ...rows,
  ];
}

function gapRow(set: string, stage: Stage, name: string, { prompts, seeds, perSeed }: Rate): string {
  const excluded = `${excludesZero(prompts) ? "yes" : "no"}${seeds === undefined ? "" : `, ${excludesZero(seeds) ? "yes" : "no"}`}`;
  const each = perSeed.map((one) => fixed(one, 2)).join(", ");
  return `| SFT, ${stage} | ${set} | ${name} | ${fixed(prompts.value, 2)} | ${range(prompts)} | ${seeds === undefined ? "" : range(seeds)} | ${each} | ${excluded} |`;
}

const cell = (rate: Rate | undefined): string => (rate === undefined ? "" : `${fixed(rate.prompts.value, 2)} ${range(rate.prompts)}`);

const range = ({ low, high }: Pick<Estimate, "low" | "high">): string => `[${fixed(low, 2)}, ${fixed(high, 2)}]`;

/** Wilson's interval of a share of n. */
function wilson(share: number, n: number): { low: number; high: number } {
  const z = 1.96;
  const middle = (share + (z * z) / (2 * n)) / (1 + (z * z) / n);
  const half = (z / (1 + (z * z) / n)) * Math.sqrt((share * (1 - share)) / n + (z * z) / (4 * n * n));
  return { low: middle - half, high: middle + half };
}

/** Without a minus before zero. */
const fixed = (value: number, digits = 3): string => value.toFixed(digits).replace(/^-(0\.0*)$/, "$1");

const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;

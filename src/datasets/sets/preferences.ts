/** @file Preference pairs with a single question: RewardBench, SHP, H4 StackExchange. */
import { defineDataset } from "../definition.js";
import type { PreferenceRecord } from "../records.js";

declare module "../definition.js" {
  interface DatasetRecords {
    "reward-bench": PreferenceRecord;
    shp: PreferenceRecord;
    "stack-exchange-preferences": PreferenceRecord;
  }
}

const asked = (content: string) => [{ role: "user" as const, content }];

export const rewardBench = defineDataset({
  name: "reward-bench",
  about: "pairs that a reward model should order (Lambert et al. 2024, arXiv 2403.13787)",
  licence: "ODC-BY",
  repositories: ["allenai/reward-bench"],
  folders: ["reward_bench"],
  files: ["{split:raw|filtered}-*.parquet", "{split:raw|filtered}.jsonl"],
  defaults: { split: "filtered" },
  rowSubset: (row) => row.text("subset"),
  read: (row) => [
    {
      messages: asked(row.filledText("prompt")),
      chosen: row.text("chosen"),
      rejected: row.text("rejected"),
      category: row.optionalText("subset"),
    },
  ],
});

export const shp = defineDataset({
  name: "shp",
  about: "pairs of comments on Reddit questions, by the readers' votes (Ethayarajh et al. 2022)",
  licence: "see the card: scraped under Reddit's API terms",
  repositories: ["stanfordnlp/SHP"],
  files: ["{subset}/{split:train|validation|test}.json"],
  read: (row) => {
    const [a, b] = [row.text("human_ref_A"), row.text("human_ref_B")];
    // 1: A is preferred
    const [chosen, rejected] = row.flag("labels") ? [a, b] : [b, a];
    return [{ messages: asked(row.filledText("history")), chosen, rejected, category: row.subset ?? row.optionalText("domain") }];
  },
});

export const stackExchangePreferences = defineDataset({
  name: "stack-exchange-preferences",
  about: "the best and the worst answer to a Stack Exchange question, by votes; texts are HTML as published",
  licence: "CC-BY-SA-4.0",
  repositories: ["HuggingFaceH4/stack-exchange-preferences"],
  files: ["data/{subset}/*.parquet", "data/{subset}/*.jsonl"],
  read: (row) => {
    const answers = row.structs("answers").map((answer) => ({ text: answer.text("text"), score: answer.number("pm_score") }));
    if (answers.length < 2) return row.skip("fewer than two answers");
    const best = answers.reduce((a, b) => (b.score > a.score ? b : a));
    const worst = answers.reduce((a, b) => (b.score < a.score ? b : a));
    if (best.score === worst.score) return row.skip("all answers have the same score");
    return [{ messages: asked(row.filledText("question")), chosen: best.text, rejected: worst.text, category: row.subset }];
  },
});

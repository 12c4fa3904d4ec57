/** @file BeaverTails (Ji et al. 2023, arXiv 2307.04657): judged answers, and the evaluation prompts. */
import { defineDataset } from "../definition.js";
import type { LabelledRecord, PromptRecord } from "../records.js";

declare module "../definition.js" {
  interface DatasetRecords {
    beavertails: LabelledRecord;
    "beavertails-evaluation": PromptRecord;
  }
}

export const beavertails = defineDataset({
  name: "beavertails",
  about: "answers judged by people as safe or not, in 14 categories of harm",
  licence: "CC-BY-NC-4.0",
  repositories: ["PKU-Alignment/BeaverTails"],
  folders: ["beavertails"],
  files: [
    "round0/{subset:30k|330k}/{split:train|test}.jsonl",
    // Parquet as Hugging Face converts it
    "{subset:30k|330k}_{split:train|test}-*.parquet",
  ],
  defaults: { subset: "330k" },
  read: (row) => {
    const categories = row.has("category") ? row.struct("category") : undefined;
    const harms = categories?.names().filter((name) => categories.flag(name));
    return [
      {
        prompt: row.filledText("prompt"),
        response: row.text("response"),
        harmful: !row.flag("is_safe"),
        ...(harms?.length ? { category: harms.join(", ") } : {}),
      },
    ];
  },
});

export const beavertailsEvaluation = defineDataset({
  name: "beavertails-evaluation",
  about: "700 harmful prompts in 14 categories",
  licence: "CC-BY-NC-4.0",
  repositories: ["PKU-Alignment/BeaverTails-Evaluation"],
  folders: ["beavertails_evaluation"],
  files: ["v1/test.jsonl", "test-*.parquet"],
  read: (row) => [{ prompt: row.filledText("prompt"), category: row.optionalText("category") }],
});

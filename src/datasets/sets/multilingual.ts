/** @file Harmful and harmless prompts in many languages. */
import { defineDataset } from "../definition.js";
import type { PromptRecord } from "../records.js";

declare module "../definition.js" {
  interface DatasetRecords {
    multijail: PromptRecord;
    xsafety: PromptRecord;
    "polyrefuse-harmful": PromptRecord;
    "polyrefuse-harmless": PromptRecord;
  }
}

const folders = ["multilingual"];

export const multijail = defineDataset({
  name: "multijail",
  about: "315 harmful prompts in 10 languages (Deng et al. 2023, arXiv 2310.06474); every language of a row in turn",
  licence: "MIT",
  repositories: ["DAMO-NLP-SG/MultiJail"],
  folders,
  files: ["MultiJail.csv", "multijail.jsonl"],
  read: (row) =>
    ["en", "zh", "it", "vi", "ar", "ko", "th", "bn", "sw", "jv"].map((language) => ({
      prompt: row.filledText(language),
      category: row.optionalText("tags"),
      id: row.optionalText("id"),
      language,
    })),
});

export const xsafety = defineDataset({
  name: "xsafety",
  about: "safety prompts of 14 kinds in 10 languages (Wang et al. 2023, arXiv 2310.00905); subset is the language",
  licence: "Apache-2.0",
  repositories: [],
  homepage: "https://github.com/Jarviswang94/Multilingual_safety_benchmark",
  folders,
  files: ["xsafety.jsonl"],
  rowSubset: (row) => row.text("lang"),
  read: (row) => [{ prompt: row.filledText("prompt"), category: row.optionalText("category"), language: row.text("lang") }],
});

const polyrefuse = {
  licence: "Apache-2.0",
  repositories: [],
  homepage: "https://github.com/mainlp/Multilingual-Refusal (dataset/splits_multi)",
  folders,
  rowSubset: xsafety.rowSubset,
  read: xsafety.read,
};

export const polyrefuseHarmful = defineDataset({
  ...polyrefuse,
  name: "polyrefuse-harmful",
  about: "harmful prompts, machine-translated (Wang et al. 2025, PolyRefuse); subset is the language",
  files: ["polyrefuse_harmful_{split:test}.jsonl"],
});

export const polyrefuseHarmless = defineDataset({
  ...polyrefuse,
  name: "polyrefuse-harmless",
  about: "harmless prompts, machine-translated (Wang et al. 2025, PolyRefuse); subset is the language",
  files: ["polyrefuse_harmless_{split:test}.jsonl"],
});

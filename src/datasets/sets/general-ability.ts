/** @file Tests of general ability: WikiText, GSM8K, MMLU, BBH, TruthfulQA. */
import { defineDataset } from "../definition.js";
import type { AnswerRecord, ChoiceRecord, TextRecord } from "../records.js";
import type { Row } from "../row.js";

declare module "../definition.js" {
  interface DatasetRecords {
    wikitext: TextRecord;
    gsm8k: AnswerRecord;
    mmlu: ChoiceRecord;
    bbh: AnswerRecord;
    truthfulqa: ChoiceRecord;
  }
}

const folders = ["general"];

export const wikitext = defineDataset({
  name: "wikitext",
  about: "articles of Wikipedia, line by line (Merity et al. 2016, arXiv 1609.07843)",
  licence: "CC-BY-SA-3.0 and GFDL",
  repositories: ["Salesforce/wikitext"],
  folders,
  files: [
    "{subset:wikitext-2-v1|wikitext-2-raw-v1|wikitext-103-v1|wikitext-103-raw-v1}/{split:train|validation|test}-*.parquet",
    { file: "wikitext-2/{split:train|valid|test}.txt", subset: "wikitext-2-v1" },
    { file: "wikitext2_{split:valid|test}.txt", subset: "wikitext-2-v1" },
    { file: "wikitext2raw_{split:train}_part.txt", subset: "wikitext-2-raw-v1" },
  ],
  defaults: { subset: "wikitext-2-raw-v1" },
  read: (row) => [{ text: row.text("text").replace(/\n$/, "") }],
});

export const gsm8k = defineDataset({
  name: "gsm8k",
  about: "word problems of grade school (Cobbe et al. 2021, arXiv 2110.14168)",
  licence: "MIT",
  repositories: ["openai/gsm8k"],
  homepage: "https://github.com/openai/grade-school-math",
  folders,
  files: [
    "{subset:main|socratic}/{split:train|test}-*.parquet",
    { file: "grade_school_math/data/{split:train|test}.jsonl", subset: "main" },
    { file: "grade_school_math/data/{split:train|test}_socratic.jsonl", subset: "socratic" },
    { file: "gsm8k_{split:train|test}.jsonl", subset: "main" },
  ],
  defaults: { subset: "main" },
  read: (row) => {
    const solution = row.filledText("answer");
    const final = /\n#### (.+)\s*$/.exec(solution);
    if (final === null) throw row.wrong("answer", 'a solution that ends with "#### " and a number', solution);
    // exact match is of the number alone: "1,000" is written as 1000
    return [
      { question: row.filledText("question"), answer: final[1].trim().replaceAll(",", ""), solution: solution.slice(0, final.index) },
    ];
  },
});

export const mmlu = defineDataset({
  name: "mmlu",
  about: "questions with four choices on 57 subjects (Hendrycks et al. 2021, arXiv 2009.03300)",
  licence: "MIT",
  repositories: ["cais/mmlu"],
  homepage: "https://github.com/hendrycks/test",
  folders,
  files: [
    "all/{split:dev|validation|test}-*.parquet",
    { file: "data/{split:dev|val|test}/{subset}_{split}.csv", columns: ["question", "A", "B", "C", "D", "answer"] },
    "mmlu_{split:dev|val|test}.jsonl",
  ],
  rowSubset: (row) => row.optionalText("subject"),
  read: (row) => {
    const choices = row.has("choices") ? row.texts("choices") : ["A", "B", "C", "D"].map((letter) => row.text(letter));
    return [
      { question: row.filledText("question"), choices, answer: mmluAnswer(row), category: row.subset ?? row.optionalText("subject") },
    ];
  },
});

/** A letter, or its index on Hugging Face. */
function mmluAnswer(row: Row): number {
  const index = ["A", "B", "C", "D"].indexOf(row.optionalText("answer") ?? "");
  const answer = index >= 0 ? index : row.number("answer");
  if (![0, 1, 2, 3].includes(answer)) throw row.wrong("answer", "A to D, or 0 to 3", answer);
  return answer;
}

export const bbh = defineDataset({
  name: "bbh",
  about: "27 hard tasks of BIG-bench, without chains of thought (Suzgun et al. 2022, arXiv 2210.09261); subset is the task",
  licence: "MIT",
  repositories: ["lukaemon/bbh"],
  homepage: "https://github.com/suzgunmirac/BIG-Bench-Hard (bbh)",
  folders,
  files: ["bbh/{subset}.json", "{subset}/test-*.parquet", "bbh.jsonl"],
  rowSubset: (row) => row.optionalText("task"),
  read: (row) => {
    // the repository's own files: one object with all examples
    const examples = row.has("examples") ? row.structs("examples") : [row];
    return examples.map((one) => ({
      question: one.filledText("input"),
      answer: one.filledText("target"),
      category: row.subset ?? row.optionalText("task"),
    }));
  },
});

export const truthfulqa = defineDataset({
  name: "truthfulqa",
  about: "questions that people answer falsely (Lin et al. 2022, arXiv 2109.07958); the best answer first, then the false ones",
  licence: "Apache-2.0",
  repositories: ["truthfulqa/truthful_qa"],
  homepage: "https://github.com/sylinrl/TruthfulQA",
  folders,
  files: ["{subset:generation|multiple_choice}/validation-*.parquet", "TruthfulQA.csv", "truthfulqa.jsonl"],
  defaults: { subset: "generation" },
  read: (row) => {
    const question = row.filledText("question", "Question");
    if (row.has("mc1_targets")) {
      const targets = row.struct("mc1_targets");
      const [choices, labels] = [targets.texts("choices"), targets.list("labels")];
      const answer = labels.indexOf(1);
      if (labels.length !== choices.length || answer < 0)
        throw targets.wrong("labels", "a 1 for the true choice, one label a choice", labels);
      return [{ question, choices, answer }];
    }
    const best = row.filledText("best_answer", "best", "Best Answer");
    const wrong = row.has("Incorrect Answers")
      ? row.text("Incorrect Answers").split(";")
      : row.texts(row.has("incorrect") ? "incorrect" : "incorrect_answers");
    const choices = [best, ...wrong].map((choice) => choice.trim()).filter((choice) => choice !== "");
    return [{ question, choices, answer: 0, category: row.optionalText("category", "Category") }];
  },
});

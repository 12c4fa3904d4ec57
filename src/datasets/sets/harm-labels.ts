/** @file Answers with labels of harm, for cost models and judges: Do-Not-Answer, GPTFuzz, DiaSafety. */
import { defineDataset } from "../definition.js";
import type { LabelledRecord, PromptRecord } from "../records.js";

declare module "../definition.js" {
  interface DatasetRecords {
    "do-not-answer": PromptRecord;
    "do-not-answer-responses": LabelledRecord;
    gptfuzz: LabelledRecord;
    diasafety: LabelledRecord;
  }
}

const doNotAnswerSource = {
  licence: "CC-BY-NC-SA-4.0 (the card on Hugging Face: Apache-2.0)",
  repositories: ["LibrAI/do-not-answer"],
  homepage: "https://github.com/Libr-AI/do-not-answer",
  folders: ["do_not_answer"],
};
const published = ["data/train-*.parquet", "data_en.csv"];

export const doNotAnswer = defineDataset({
  ...doNotAnswerSource,
  name: "do-not-answer",
  about: "939 questions that should not be answered (Wang et al. 2023, arXiv 2308.13387)",
  files: ["do_not_answer/prompts.jsonl", ...published],
  read: (row) => [
    {
      prompt: row.filledText("prompt", "question"),
      category: row.optionalText("types_of_harm"),
      id: row.optionalText("id"),
    },
  ],
});

export const doNotAnswerResponses = defineDataset({
  ...doNotAnswerSource,
  name: "do-not-answer-responses",
  about: "answers of six models to Do-Not-Answer, judged by people as harmful or not",
  files: ["responses_labelled.jsonl", ...published],
  read: (row) => {
    const [prompt, category, id] = [row.filledText("prompt", "question"), row.optionalText("types_of_harm"), row.optionalText("id")];
    if (row.has("response"))
      return [
        {
          ...{ prompt, category, id, model: row.optionalText("model"), action: row.optionalText("action") },
          response: row.text("response"),
          harmful: row.flag("harmful"),
        },
      ];
    // as published: one row a question, three columns a model
    const models = row.names().flatMap((name) => /^(.+)_response$/.exec(name)?.[1] ?? []);
    return models.map((model) => ({
      ...{ prompt, category, id, model, action: row.optionalText(`${model}_action`) },
      response: row.text(`${model}_response`),
      harmful: row.flag(`${model}_harmful`),
    }));
  },
});

export const gptfuzz = defineDataset({
  name: "gptfuzz",
  about:
    "answers to jailbroken questions, judged as harmful or not; questions of train and test are disjoint (Yu et al. 2023, arXiv 2309.10253)",
  licence: "MIT",
  repositories: [],
  homepage: "https://github.com/sherdencooper/GPTFuzz (datasets/responses_labeled)",
  folders: ["harm_labels"],
  files: ["gptfuzz_{split:train|test}.jsonl"],
  read: (row) => [
    {
      prompt: row.filledText("prompt"),
      response: row.text("response"),
      harmful: row.flag("harmful"),
      id: row.optionalText("question_id"),
    },
  ],
});

export const diasafety = defineDataset({
  name: "diasafety",
  about: "context and reply, judged as unsafe or not in 5 categories (Sun et al. 2022, arXiv 2110.08466)",
  licence: "Apache-2.0",
  repositories: [],
  homepage: "https://github.com/thu-coai/DiaSafety",
  folders: ["harm_labels"],
  files: ["diasafety_{split:train|val|test}.jsonl"],
  read: (row) =>
    row.text("response").trim() === ""
      ? row.skip("the response is empty")
      : [
          {
            prompt: row.filledText("context"),
            response: row.text("response"),
            harmful: row.flag("harmful"),
            category: row.optionalText("category"),
          },
        ],
});

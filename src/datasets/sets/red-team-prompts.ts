/** @file Sets of harmful prompts in English and other languages, for evaluation. */
import { defineDataset } from "../definition.js";
import type { PromptRecord } from "../records.js";

declare module "../definition.js" {
  interface DatasetRecords {
    advbench: PromptRecord;
    harmbench: PromptRecord;
    "jailbreak-llms": PromptRecord;
    catqa: PromptRecord;
    harmfulqa: PromptRecord;
    "safe-rlhf-problems": PromptRecord;
  }
}

const folders = ["redteam_prompts"];
export const advbench = defineDataset({
  name: "advbench",
  about: "520 harmful instructions (Zou et al. 2023, arXiv 2307.15043)",
  licence: "MIT",
  repositories: ["walledai/AdvBench"],
  homepage: "https://github.com/llm-attacks/llm-attacks (data/advbench/harmful_behaviors.csv)",
  folders,
  files: ["harmful_behaviors.csv", "advbench.csv", "advbench.jsonl", "data/train-*.parquet"],
  read: (row) => [{ prompt: row.filledText("prompt", "goal") }],
});

export const harmbench = defineDataset({
  name: "harmbench",
  about: "harmful behaviours (Mazeika et al. 2024, arXiv 2402.04249)",
  licence: "MIT",
  repositories: ["walledai/HarmBench"],
  homepage: "https://github.com/centerforaisafety/HarmBench (data/behavior_datasets)",
  folders: ["harmbench", ...folders],
  files: [
    "harmbench_behaviors_text_{subset:all|val|test}.csv",
    "harmbench_standard.jsonl",
    "{subset:standard|contextual|copyright}/train-*.parquet",
  ],
  defaults: { subset: "all" },
  read: (row) => {
    const behaviour = row.filledText("Behavior", "prompt");
    // as HarmBench itself joins the two
    const context = row.optionalText("ContextString", "context");
    return [
      {
        prompt: context === undefined ? behaviour : `${context}\n\n---\n\n${behaviour}`,
        category: row.optionalText("SemanticCategory", "category"),
        id: row.optionalText("BehaviorID", "id"),
      },
    ];
  },
});

export const jailbreakLlms = defineDataset({
  name: "jailbreak-llms",
  about: "forbidden questions, and jailbreak prompts found in the wild that wrap them (Shen et al. 2023, arXiv 2308.03825)",
  licence: "MIT",
  repositories: ["TrustAIRLab/forbidden_question_set", "TrustAIRLab/in-the-wild-jailbreak-prompts"],
  homepage: "https://github.com/verazuo/jailbreak_llms (data)",
  folders: ["jailbreak_llms", ...folders],
  files: [
    { file: "forbidden_question_set.csv", subset: "questions" },
    { file: "forbidden_question_set/train-*.parquet", subset: "questions" },
    { file: "jailbreakllms_forbidden_questions.jsonl", subset: "questions" },
    { file: "jailbreak_prompts_2023_05_07.csv", subset: "wrappers-2023-05-07" },
    { file: "jailbreak_2023_05_07/train-*.parquet", subset: "wrappers-2023-05-07" },
    { file: "jailbreakllms_jailbreak_prompts_2023_05_07.jsonl", subset: "wrappers-2023-05-07" },
    { file: "jailbreak_prompts_2023_12_25.csv", subset: "wrappers-2023-12-25" },
    { file: "jailbreak_2023_12_25/train-*.parquet", subset: "wrappers-2023-12-25" },
  ],
  defaults: { subset: "questions" },
  read: (row) => [
    {
      prompt: row.filledText("prompt", "question"),
      category: row.optionalText("content_policy_name", "category", "platform"),
    },
  ],
});

export const catqa = defineDataset({
  name: "catqa",
  about: "550 harmful questions in 11 categories, in English, Chinese and Vietnamese (Bhardwaj et al. 2024, arXiv 2402.11746)",
  licence: "Apache-2.0",
  repositories: ["declare-lab/CategoricalHarmfulQA"],
  homepage: "https://github.com/declare-lab/red-instruct (harmful_questions)",
  folders,
  files: ["catqa_{subset:english|chinese|vietnamese}.json", "catqa_{subset:english|chinese|vietnamese}.jsonl"],
  defaults: { subset: "english" },
  read: (row) => {
    const language = row.subset;
    if (row.has("prompt") || row.has("Question"))
      return [{ prompt: row.filledText("prompt", "Question"), category: row.optionalText("category", "Category"), language }];
    // the repository's own files: one object of categories, of subcategories, of questions
    return row.names().flatMap((category) => {
      const subcategories = row.struct(category);
      return subcategories.names().flatMap((one) => subcategories.texts(one).map((prompt) => ({ prompt, category, language })));
    });
  },
});

export const harmfulqa = defineDataset({
  name: "harmfulqa",
  about: "1,960 harmful questions on 10 topics (Bhardwaj and Poria 2023, arXiv 2308.09662)",
  licence: "Apache-2.0",
  repositories: ["declare-lab/HarmfulQA"],
  folders,
  files: ["harmfulqa.jsonl", "data_for_hub.json"],
  read: (row) => [{ prompt: row.filledText("prompt", "question"), category: row.optionalText("category", "topic") }],
});

export const safeRlhfProblems = defineDataset({
  name: "safe-rlhf-problems",
  about: "83 harmful questions in 8 categories, from PKU's evaluation by GPT-4",
  licence: "Apache-2.0",
  repositories: [],
  homepage: "https://github.com/PKU-Alignment/safe-rlhf (safe_rlhf/evaluate/gpt4/problem.json)",
  folders,
  files: ["saferlhf_gpt4_problems.jsonl"],
  read: (row) => [{ prompt: row.filledText("prompt"), category: row.optionalText("category") }],
});

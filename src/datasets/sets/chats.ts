/** @file Dialogues to learn from: LIMA, ShareGPT, Tulu, and instruction sets of one question and one answer. */
import type { Message } from "../../engine/tokenizer.js";
import { defineDataset } from "../definition.js";
import type { ChatRecord } from "../records.js";
import type { Row } from "../row.js";

declare module "../definition.js" {
  interface DatasetRecords {
    lima: ChatRecord;
    sharegpt: ChatRecord;
    tulu: ChatRecord;
    dolly: ChatRecord;
    alpaca: ChatRecord;
    "safety-tuned-llamas": ChatRecord;
  }
}

/** Texts of user and assistant in turn. */
const inTurn = (texts: readonly string[]): Message[] => texts.map((content, i) => ({ role: i % 2 === 0 ? "user" : "assistant", content }));

export const lima = defineDataset({
  name: "lima",
  about: "1,030 chosen dialogues (Zhou et al. 2023, arXiv 2305.11206); the test split has questions alone",
  licence: "CC-BY-NC-SA-4.0",
  repositories: ["GAIR/lima"],
  folders: ["lima", "helpful_sft"],
  files: ["lima/{split:train|test}.jsonl", "snapshots/*/{split:train|test}.jsonl", { file: "lima.jsonl", split: "train" }],
  defaults: { split: "train" },
  read: (row) => {
    if (row.has("conversations")) return [{ messages: inTurn(row.texts("conversations")), category: row.optionalText("source") }];
    // LLaMA-Factory's form: earlier turns in `history`
    const earlier = row.list("history").flatMap((turn, i) => {
      if (!Array.isArray(turn) || turn.length !== 2 || !turn.every((one) => typeof one === "string"))
        throw row.wrong(`history[${i}]`, "a list of two texts", turn);
      return turn as string[];
    });
    return [{ messages: inTurn([...earlier, row.filledText("prompt"), row.filledText("response")]) }];
  },
});

const speakers: Readonly<Record<string, Message["role"]>> = {
  human: "user",
  user: "user",
  gpt: "assistant",
  chatgpt: "assistant",
  bing: "assistant",
  bard: "assistant",
  assistant: "assistant",
  system: "system",
};

export const sharegpt = defineDataset({
  name: "sharegpt",
  about: "dialogues with ChatGPT that users shared",
  licence: "Apache-2.0 (the card); the texts are OpenAI's users' and models'",
  repositories: ["anon8231489123/ShareGPT_Vicuna_unfiltered"],
  files: ["ShareGPT_V3_unfiltered_cleaned_split.json", "ShareGPT_V3_unfiltered_cleaned_split_no_imsorry.json", "sharegpt.jsonl"],
  read: (row) => {
    const messages = row.structs("conversations").map((turn) => {
      const from = turn.text("from");
      if (!Object.hasOwn(speakers, from)) throw turn.wrong("from", `one of ${Object.keys(speakers).join(", ")}`, from);
      return { role: speakers[from], content: turn.text("value") };
    });
    return messages.length === 0 ? row.skip("the dialogue is empty") : [{ messages }];
  },
});

export const tulu = defineDataset({
  name: "tulu",
  about: "the Tulu mixture of instruction data (Ivison et al. 2023, arXiv 2311.10702)",
  licence: "ODC-BY; parts have their own",
  repositories: ["allenai/tulu-v2-sft-mixture", "allenai/tulu-3-sft-mixture"],
  files: ["data/{split:train}-*.parquet", "tulu*.jsonl"],
  read: (row) => {
    const messages = row.structs("messages").map((turn) => ({ role: turn.text("role"), content: turn.text("content") }));
    return messages.length === 0 ? row.skip("the dialogue is empty") : [{ messages, category: row.optionalText("dataset", "source") }];
  },
});

/** One question, what it is about where there is such a text, and the answer. */
function instruction(row: Row, context: string | undefined, answer: string): readonly ChatRecord[] {
  const asked = row.filledText("instruction", "prompt");
  const question = context === undefined ? asked : `${asked}\n\n${context}`;
  const category = row.optionalText("category");
  return answer.trim() === "" ? row.skip("the answer is empty") : [{ messages: inTurn([question, answer]), category }];
}

export const dolly = defineDataset({
  name: "dolly",
  about: "15,000 instructions with answers by Databricks' employees",
  licence: "CC-BY-SA-3.0",
  repositories: ["databricks/databricks-dolly-15k"],
  folders: ["helpful_sft"],
  files: ["databricks-dolly-15k.jsonl", "dolly_1000.jsonl"],
  read: (row) => instruction(row, row.optionalText("context"), row.text("response")),
});

export const alpaca = defineDataset({
  name: "alpaca",
  about: "52,000 instructions with answers by text-davinci-003 (Taori et al. 2023)",
  licence: "CC-BY-NC-4.0",
  repositories: ["tatsu-lab/alpaca"],
  homepage: "https://github.com/tatsu-lab/stanford_alpaca",
  folders: ["helpful_sft"],
  files: ["alpaca_data.json", "alpaca_en_demo_*.jsonl", "data/train-*.parquet"],
  read: (row) => instruction(row, row.optionalText("input"), row.text("output", "response")),
});

export const safetyTunedLlamas = defineDataset({
  name: "safety-tuned-llamas",
  about: "unsafe instructions with safe replies (Bianchi et al. 2024, arXiv 2309.07875)",
  licence: "CC-BY-NC-4.0",
  repositories: [],
  homepage: "https://github.com/vinid/safety-tuned-llamas (data/training)",
  folders: ["safety_sft"],
  files: ["safety_tuned_llamas_*.jsonl", "safety_only_data_Instructions.json"],
  read: (row: Row) => [{ messages: inTurn([row.filledText("prompt", "instruction"), row.filledText("response", "output")]) }],
});

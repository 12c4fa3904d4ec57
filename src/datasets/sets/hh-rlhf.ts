/** @file Anthropic's HH-RLHF preference pairs (Bai et al. 2022, arXiv 2204.05862). */
import { defineDataset } from "../definition.js";
import type { PreferenceRecord } from "../records.js";
import type { Row } from "../row.js";
import { alternating, turnsOf } from "../transcript.js";

declare module "../definition.js" {
  interface DatasetRecords {
    "hh-rlhf": PreferenceRecord;
  }
}

const tranches = ["harmless-base", "helpful-base", "helpful-online", "helpful-rejection-sampled"];

export const hhRlhf = defineDataset({
  name: "hh-rlhf",
  about: "pairs of answers of an assistant, the more helpful or less harmful one chosen",
  licence: "MIT",
  repositories: ["Anthropic/hh-rlhf"],
  folders: ["hh_rlhf", "hh-rlhf"],
  files: [
    `{subset:${tranches.join("|")}}/{split:train|test}.jsonl`,
    ...tranches.map((subset) => ({ file: `${subset.replaceAll("-", "_")}.*.jsonl`, subset })),
  ],
  read,
});

/**
 * As published, `chosen` and `rejected` are whole transcripts that agree up to an answer; in another form in use, `prompt` holds what they
 * share. An answer ends where the next turn begins: a few transcripts go on with a turn of the human.
 */
function read(row: Row): readonly PreferenceRecord[] {
  if (row.has("prompt")) {
    const turns = turnsOf(row.text("prompt"));
    const open = turns.at(-1)?.role === "assistant" && turns.at(-1)?.content === "" ? turns.slice(0, -1) : turns;
    return pair(row, open, answerOf(row.text("chosen")), answerOf(row.text("rejected")));
  }
  const [chosen, rejected] = [turnsOf(row.text("chosen")), turnsOf(row.text("rejected"))];
  if (chosen.length === 0 || rejected.length === 0) throw row.wrong("chosen", 'a transcript with "\\n\\nHuman:" turns', undefined);
  let shared = 0;
  while (shared < chosen.length && chosen[shared].role === rejected[shared]?.role && chosen[shared].content === rejected[shared].content)
    shared++;
  if (shared === chosen.length || shared === rejected.length) return row.skip("both answers are the same");
  if (chosen[shared].role !== "assistant" || rejected[shared].role !== "assistant") return row.skip("the two sides answer different turns");
  return pair(row, chosen.slice(0, shared), chosen[shared].content, rejected[shared].content);
}

function pair(row: Row, turns: ReturnType<typeof turnsOf>, chosen: string, rejected: string): readonly PreferenceRecord[] {
  const messages = alternating(turns);
  if (chosen === "" || rejected === "") return row.skip("an answer is empty");
  if (chosen === rejected) return row.skip("both answers are the same");
  if (messages.at(-1)?.role !== "user") return row.skip("the dialogue does not end with the human");
  return [{ messages, chosen, rejected, category: row.subset }];
}

const answerOf = (text: string): string => text.split(/\n\n(?:Human|Assistant):/)[0].trim();

/** @file Anthropic's red-team attempts (Ganguli et al. 2022, arXiv 2209.07858): first prompts, and whole dialogues. */
import { defineDataset } from "../definition.js";
import type { ChatRecord, PromptRecord } from "../records.js";
import type { Row } from "../row.js";
import { alternating, turnsOf } from "../transcript.js";

declare module "../definition.js" {
  interface DatasetRecords {
    "red-team-attempts": PromptRecord;
    "red-team-dialogues": ChatRecord;
  }
}

const source = {
  licence: "MIT",
  repositories: ["Anthropic/hh-rlhf"],
  folders: ["hh-rlhf", "red-team-attempts"],
  files: ["red_team_attempts.jsonl"],
};

export const redTeamAttempts = defineDataset({
  ...source,
  name: "red-team-attempts",
  about: "what people say first when they try to make an assistant do harm",
  read: (row) => {
    const [first] = dialogue(row);
    return first?.role === "user" ? [{ prompt: first.content }] : row.skip("the transcript does not begin with the human");
  },
});

export const redTeamDialogues = defineDataset({
  ...source,
  name: "red-team-dialogues",
  about: "dialogues in which people try to make an assistant do harm",
  read: (row) => {
    const messages = dialogue(row);
    return messages[0]?.role === "user" ? [{ messages }] : row.skip("the transcript does not begin with the human");
  },
});

const dialogue = (row: Row) => alternating(turnsOf(row.filledText("transcript")));

/** @file What the data sets are made of: one type of record for each use, whatever the publisher calls the fields. */
import type { Message } from "../engine/tokenizer.js";

/** A prompt without an answer: red-team sets and other evaluation prompts. */
export interface PromptRecord {
  readonly prompt: string;
  /** the publisher's category, where there is one */
  readonly category?: string;
  readonly id?: string;
  /** as the publisher writes it, in sets of several languages */
  readonly language?: string;
}

/** Two answers to the same dialogue, one preferred (DPO, reward models). */
export interface PreferenceRecord {
  /** the dialogue so far; the last message is the user's */
  readonly messages: readonly Message[];
  readonly chosen: string;
  readonly rejected: string;
  readonly category?: string;
}

/** A dialogue to learn from (SFT). A test split may end with the user's message. */
export interface ChatRecord {
  readonly messages: readonly Message[];
  readonly category?: string;
}

/** An answer that somebody judged. */
export interface LabelledRecord {
  readonly prompt: string;
  readonly response: string;
  /** true or false; a number where the publisher gives a degree, larger for more harm */
  readonly harmful: boolean | number;
  /** the publisher's categories of harm, joined by ", " where there are several */
  readonly category?: string;
  readonly id?: string;
  /** the model that answered */
  readonly model?: string;
  /** how it answered, in the publisher's classes: of Do-Not-Answer 0 cannot assist, 1 refutes, 2 both sides, 3 general advice, 4 does not know, 5 follows */
  readonly action?: string;
}

/** A question with choices, judged by likelihood or by the letter written. */
export interface ChoiceRecord {
  readonly question: string;
  readonly choices: readonly string[];
  /** index in `choices` */
  readonly answer: number;
  readonly category?: string;
}

/** Running text for perplexity: one line of the publisher's file without its line break; may be empty. */
export interface TextRecord {
  readonly text: string;
}

/** A question with one short answer, judged by exact match. */
export interface AnswerRecord {
  readonly question: string;
  readonly answer: string;
  /** the worked solution, where the publisher gives one */
  readonly solution?: string;
  readonly category?: string;
}

export type DatasetRecord = PromptRecord | PreferenceRecord | ChatRecord | LabelledRecord | ChoiceRecord | TextRecord | AnswerRecord;

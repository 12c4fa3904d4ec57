/** @file The text that a score head reads: a prompt and an answer in one of several forms, as token ids. */
import type { Model } from "../engine/model.js";
import { checkTokens, type Prompt, promptTokens } from "../engine/prompts.js";
import type { Text } from "../engine/text.js";
import { OptionError } from "../errors.js";
import type { Answer } from "../training/examples.js";

/**
 * - `"chat"`: the prompt as a user message in the model's chat form, the answer, the model's first stop token
 * - `"plain"`: prompt, answer, stop token, with nothing between them
 * - a template with `{prompt}` and `{answer}`, tokenised as one text; `stop` appends the stop token
 */
export type TextForm = "chat" | "plain" | { readonly template: string; readonly stop: boolean };

/**
 * The form of PKU-Alignment's beaver-7b-v1.0-cost and -reward (their model cards; safe-rlhf's `PROMPT_INPUT` followed by the answer and
 * the end token).
 */
export const BEAVER_FORM: TextForm = { template: "BEGINNING OF CONVERSATION: USER: {prompt} ASSISTANT:{answer}", stop: true };

export interface FormOptions {
  readonly form: TextForm;
  /**
   * longest text in tokens. Of a longer one the prompt keeps its last half of this, then the answer loses its end
   */
  readonly maxTokens: number;
}

/** @throws OptionError for a template without its parts, as many answers as prompts not given, or ids where text is needed */
export async function answerTexts(
  model: Model,
  prompts: readonly Prompt[],
  answers: readonly Answer[],
  { form, maxTokens }: FormOptions,
): Promise<Text[]> {
  if (answers.length !== prompts.length)
    throw new OptionError("answers", `${answers.length} answers`, `one for each of the ${prompts.length} prompts`);
  const most = Math.min(checkedMost(maxTokens), model.config.maxPositions);
  const texts: Text[] = [];
  for (const [i, prompt] of prompts.entries()) {
    const { ids, promptLength } =
      typeof form === "string" ? await joined(model, prompt, answers[i], form) : await filled(model, prompt, answers[i], form, i);
    const cut = fitted(ids, promptLength, most);
    texts.push({ ids: checkTokens(model, cut.ids, `prompts[${i}]`), promptLength: cut.promptLength });
  }
  return texts;
}

export function checkForm(form: TextForm, option = "form"): TextForm {
  if (form === "chat" || form === "plain") return form;
  const { template, stop } = (form ?? {}) as Partial<Exclude<TextForm, string>>;
  if (typeof template === "string" && typeof stop === "boolean" && /\{prompt\}[\s\S]*\{answer\}/.test(template)) return { template, stop };
  throw new OptionError(option, JSON.stringify(form), '"chat", "plain" or { template, stop } with {prompt} before {answer}');
}

async function joined(model: Model, prompt: Prompt, answer: Answer, form: "chat" | "plain") {
  const { ids } = await promptTokens(model, prompt, form === "chat");
  const rest = typeof answer === "string" ? (await model.tokenizer()).encodePlain(answer) : [...answer];
  return { ids: [...ids, ...rest, ...model.config.stopTokens.slice(0, 1)], promptLength: ids.length };
}

async function filled(model: Model, prompt: Prompt, answer: Answer, form: Exclude<TextForm, string>, index: number) {
  const question = plainText(prompt);
  if (question === undefined || typeof answer !== "string")
    throw new OptionError(`prompts[${index}]`, "messages or token ids", "one plain text, or one user message, and a text as its answer");
  const tokenizer = await model.tokenizer();
  const fill = (template: string) => fillTemplate(template, question, answer);
  const before = tokenizer.encode(fill(form.template.slice(0, form.template.indexOf("{answer}"))));
  const ids = [...tokenizer.encode(fill(form.template)), ...(form.stop ? model.config.stopTokens.slice(0, 1) : [])];
  return { ids, promptLength: before.length };
}

/** Puts a prompt and its answer in for `{prompt}` and `{answer}`. */
export function fillTemplate(template: string, prompt: string, answer: string): string {
  // the answer may hold "{prompt}": both are put in at once
  return template.replace(/\{(prompt|answer)\}/g, (_, part) => (part === "prompt" ? prompt : answer));
}

/** The text of a plain prompt, or of a chat of one message; undefined for others. */
export function plainText(prompt: Prompt): string | undefined {
  if (typeof prompt === "string") return prompt;
  if (Array.isArray(prompt) || prompt instanceof Int32Array) return undefined;
  const given = prompt as { prompt?: string; messages?: readonly { role: string; content: string }[] };
  if (given.messages) return given.messages.length === 1 ? given.messages[0].content : undefined;
  return given.prompt;
}

function fitted(ids: readonly number[], promptLength: number, most: number): { ids: readonly number[]; promptLength: number } {
  const excess = Math.min(ids.length - most, promptLength - Math.floor(most / 2));
  const from = Math.max(0, excess);
  const kept = ids.slice(from, from + most);
  // there is always a token that counts as the answer's, should it be empty
  return { ids: kept, promptLength: Math.max(0, Math.min(promptLength - from, kept.length - 1)) };
}

function checkedMost(maxTokens: number): number {
  if (!Number.isInteger(maxTokens) || maxTokens < 2) throw new OptionError("maxTokens", maxTokens, "a whole number from 2");
  return maxTokens;
}

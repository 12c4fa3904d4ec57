/** @file What a user gives as a prompt, and the token ids that it becomes. */
import { OptionError } from "../errors.js";
import type { Model } from "./model.js";
import type { Message } from "./tokenizer.js";

/** A plain text, a chat, or token ids taken as they are. */
export type Prompt = string | { readonly prompt: string } | { readonly messages: readonly Message[] } | readonly number[] | Int32Array;

export interface EncodedPrompt {
  /** the text as it was tokenised; empty for a prompt of token ids */
  readonly text: string;
  readonly ids: Int32Array;
}

/**
 * @param chat make each plain text one user message in the model's chat form; default false
 * @throws OptionError for an empty prompt, ids outside the vocabulary or a text longer than the model was made for
 */
export async function encodePrompts(model: Model, prompts: readonly Prompt[], chat = false): Promise<EncodedPrompt[]> {
  const encoded: EncodedPrompt[] = [];
  for (const [index, prompt] of prompts.entries()) {
    const { text, ids } = await promptTokens(model, prompt, chat);
    encoded.push({ text, ids: checkTokens(model, ids, `prompts[${index}]`) });
  }
  return encoded;
}

/** Text and token ids of one prompt, of any length; the ids are not checked. */
export async function promptTokens(
  model: Model,
  prompt: Prompt,
  chat: boolean,
): Promise<{ text: string; ids: readonly number[] | Int32Array }> {
  if (prompt instanceof Int32Array || Array.isArray(prompt)) return { text: "", ids: prompt as readonly number[] };
  const tokenizer = await model.tokenizer();
  if (typeof prompt === "object" && "messages" in prompt) return tokenizer.encodeChat(prompt.messages);
  const text = typeof prompt === "string" ? prompt : (prompt as { prompt: string }).prompt;
  if (typeof text !== "string") throw new OptionError("prompt", prompt, "a string, { prompt }, { messages } or token ids");
  if (chat) return promptTokens(model, { messages: [{ role: "user", content: text }] }, false);
  return { text, ids: tokenizer.encode(text) };
}

/** @throws OptionError for no tokens, more than the model reads, or ids that it does not have */
export function checkTokens(model: Model, ids: readonly number[] | Int32Array, option: string): Int32Array {
  const { vocabulary, maxPositions } = model.config;
  if (ids.length === 0) throw new OptionError(option, "", "at least one token; a model without BOS cannot start from an empty text");
  if (ids.length > maxPositions)
    throw new OptionError(option, `${ids.length} tokens`, `at most ${maxPositions} tokens, the longest this model reads`);
  const outside = ids.findIndex((id) => !Number.isInteger(id) || id < 0 || id >= vocabulary);
  if (outside >= 0) throw new OptionError(option, ids[outside], `token ids in 0..${vocabulary - 1}`);
  return Int32Array.from(ids);
}

/** @file The chat form, the paper's: `<|user|> … <|assistant|> … </s>`. Plain texts open with `<s>`. */

/** One text of a corpus. Loss is meant for `answer` and the end that follows it; a text without `prompt` is plain. */
export interface Sample {
  /** the user's text */
  readonly prompt: string | undefined;
  /** the assistant's text, or all of a plain text */
  readonly answer: string;
  /** which part of the corpus it is from, e.g. `"direct"`, `"arithmetic"`, `"declarative"` */
  readonly source: string;
}

export const PAD = "<pad>";
export const BEGIN = "<s>";
export const END = "</s>";
export const USER = "<|user|>";
export const ASSISTANT = "<|assistant|>";
export const UNKNOWN = "<unk>";

/** The text up to the answer, ready for it. */
export function promptText(prompt: string | undefined): string {
  return prompt === undefined ? BEGIN : `${USER} ${prompt} ${ASSISTANT}`;
}

/** The whole text, to be encoded without further special tokens. */
export function fullText({ prompt, answer }: Sample): string {
  return `${promptText(prompt)} ${answer} ${END}`;
}

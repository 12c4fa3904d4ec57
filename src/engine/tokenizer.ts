/**
 * @file Text to token ids and back, by @huggingface/transformers from the checkpoint's own files; the package is loaded on first use.
 * BOS is decided once: a plain text gets what the tokenizer's own post-processor adds, a chat gets what its template writes and nothing
 * more. The ids that were used are part of every result.
 */
import fs from "node:fs";
import type { PreTrainedTokenizer } from "@huggingface/transformers";
import { FileFormatError, NotFoundError } from "../errors.js";
import type { Checkpoint } from "../weights/checkpoint.js";

export interface Message {
  readonly role: "system" | "user" | "assistant" | (string & {});
  readonly content: string;
}

export class Tokenizer {
  private constructor(
    private readonly inner: PreTrainedTokenizer,
    private readonly file: string,
  ) {}

  /** @throws NotFoundError when the checkpoint has no tokenizer.json; FileFormatError when it cannot be read */
  static async load(checkpoint: Checkpoint): Promise<Tokenizer> {
    const file = checkpoint.file("tokenizer.json");
    if (file === undefined)
      throw new NotFoundError("tokenizer", `${checkpoint.name} has no tokenizer.json in ${checkpoint.folder}; pass prompts as token ids`);
    const read = (name: string): Record<string, unknown> => {
      const path = checkpoint.file(name);
      if (path === undefined) return {};
      try {
        return JSON.parse(fs.readFileSync(path, "utf8"));
      } catch (cause) {
        throw new FileFormatError(path, "is not JSON", { cause });
      }
    };
    const config = read("tokenizer_config.json");
    const template = checkpoint.file("chat_template.jinja");
    if (template !== undefined) config.chat_template = fs.readFileSync(template, "utf8");
    const transformers = await import("@huggingface/transformers");
    const named = (transformers as unknown as Record<string, typeof PreTrainedTokenizer | undefined>)[String(config.tokenizer_class)];
    try {
      return new Tokenizer(new (named ?? transformers.PreTrainedTokenizer)(read("tokenizer.json"), config), file);
    } catch (cause) {
      throw new FileFormatError(file, `is not a tokenizer that @huggingface/transformers reads: ${(cause as Error).message}`, { cause });
    }
  }

  /** Token ids of a plain text, with the special tokens that the tokenizer itself adds. */
  encode(text: string): number[] {
    return this.inner.encode(text);
  }

  /** Token ids of a text that continues another: no special tokens are added. */
  encodePlain(text: string): number[] {
    return this.inner.encode(text, { add_special_tokens: false });
  }

  /** Token ids of a chat, ready for the assistant's answer. @throws FileFormatError without a chat template */
  encodeChat(messages: readonly Message[]): { text: string; ids: number[] } {
    if (!this.inner.chat_template) throw new FileFormatError(this.file, "the tokenizer has no chat template; pass plain prompts");
    const text = this.inner.apply_chat_template(messages as Message[], { tokenize: false, add_generation_prompt: true }) as string;
    return { text, ids: this.encodePlain(text) };
  }

  /** Text of token ids, without special tokens. */
  decode(ids: readonly number[] | Int32Array): string {
    return ids.length === 0 ? "" : this.inner.decode([...ids], { skip_special_tokens: true });
  }

  /** The text of each token on its own, special tokens shown. */
  pieces(ids: readonly number[] | Int32Array): string[] {
    return [...ids].map((id) => this.inner.decode([id], { skip_special_tokens: false }));
  }
}

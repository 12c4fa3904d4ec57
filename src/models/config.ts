/** @file What a decoder needs to know of a checkpoint, read from Hugging Face's config.json. */
import { FileFormatError } from "../errors.js";

/** How rotary frequencies are stretched for long texts; names as in config.json's `rope_scaling`. */
export type RopeScaling =
  | { readonly type: "default" }
  | { readonly type: "linear"; readonly factor: number }
  | { readonly type: "llama3"; readonly factor: number; readonly low: number; readonly high: number; readonly original: number };

/** Shape and options of a decoder-only transformer with a gated MLP. */
export interface DecoderConfig {
  /** `model_type` of config.json, e.g. `"llama"` */
  readonly family: string;
  /** size of the residual stream (d) */
  readonly hidden: number;
  /** number of layers (L) */
  readonly layers: number;
  /** neurons per layer (F, `intermediate_size`) */
  readonly neurons: number;
  readonly heads: number;
  readonly kvHeads: number;
  /** size of one head */
  readonly headSize: number;
  readonly vocabulary: number;
  readonly activation: "silu" | "gelu" | "gelu-tanh";
  /** epsilon of RMSNorm */
  readonly epsilon: number;
  readonly ropeTheta: number;
  readonly ropeScaling: RopeScaling;
  /** longest text that the model was made for, in tokens */
  readonly maxPositions: number;
  /** the unembedding is the embedding */
  readonly tied: boolean;
  /** biases on q, k, v */
  readonly qkvBias: boolean;
  /** bias on the attention's output projection */
  readonly outputBias: boolean;
  readonly mlpBias: boolean;
  /** tokens that end a text, from generation_config.json where there is one, else config.json */
  readonly stopTokens: readonly number[];
}

/** Typed access to an untrusted config.json; every refusal names the file and the key. */
export class ConfigReader {
  constructor(
    readonly file: string,
    private readonly values: Readonly<Record<string, unknown>>,
  ) {}

  has(key: string): boolean {
    return this.values[key] !== undefined && this.values[key] !== null;
  }

  /** A whole number in [1, `most`]. */
  size(key: string, fallback?: number, most = 1e7): number {
    const value = this.values[key] ?? fallback;
    if (typeof value !== "number" || !Number.isInteger(value) || value < 1 || value > most)
      this.refuse(key, value, `a whole number from 1 to ${most}`);
    return value as number;
  }

  number(key: string, fallback?: number): number {
    const value = this.values[key] ?? fallback;
    if (typeof value !== "number" || !Number.isFinite(value) || value <= 0) this.refuse(key, value, "a number above 0");
    return value as number;
  }

  flag(key: string, fallback = false): boolean {
    const value = this.values[key] ?? fallback;
    if (typeof value !== "boolean") this.refuse(key, value, "true or false");
    return value as boolean;
  }

  text(key: string, fallback?: string): string {
    const value = this.values[key] ?? fallback;
    if (typeof value !== "string") this.refuse(key, value, "a string");
    return value as string;
  }

  /** An object below `key`; empty when there is none. */
  section(key: string): ConfigReader {
    const value = this.values[key] ?? {};
    if (typeof value !== "object" || Array.isArray(value)) this.refuse(key, value, "an object");
    return new ConfigReader(`${this.file}: ${key}`, value as Record<string, unknown>);
  }

  /** One token id or a list of them. */
  tokens(key: string): number[] {
    const value = this.values[key] ?? [];
    const list = Array.isArray(value) ? value : [value];
    if (!list.every((id) => Number.isInteger(id) && id >= 0)) this.refuse(key, value, "token ids");
    return list as number[];
  }

  refuse(key: string, got: unknown, expected: string): never {
    throw new FileFormatError(this.file, `${key}: expected ${expected}; got ${JSON.stringify(got)}`);
  }
}

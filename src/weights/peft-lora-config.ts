/** @file What `adapter_config.json` says of a LoRA adapter: ranks, scalings and modules, and the variants that are not read. */

import { FileFormatError } from "../errors.js";
import { isJsonObject, type JsonObject, printable } from "./json.js";
import { matchesEnding, matchesWhole, modulePattern, type Part } from "./module-pattern.js";

/** Of one module, by its path in the base model such as `model.layers.0.self_attn.q_proj`. */
export interface LoraConfig {
  readonly rank: (path: string) => number;
  /** @param rank the module's */
  readonly scaling: (path: string, rank: number) => number;
  /** Does the adapter change the module? True where only a pattern beyond our reading could tell. */
  readonly targets: (path: string) => boolean;
}

const maxRank = 2 ** 16;
const merged = "merge it in Python (model.merge_and_unload(), then save_pretrained) and open the result as a model";

/** Variants of LoRA that compute something else, by the field that switches them on. */
const variants: Readonly<Record<string, string>> = {
  use_dora: "DoRA",
  lora_bias: "LoRA with a bias of its own",
  alora_invocation_tokens: "activated LoRA",
  use_qalora: "QA-LoRA",
  use_bdlora: "block-diagonal LoRA",
  arrow_config: "Arrow",
  monteclora_config: "MonteCLoRA",
  kasa_config: "KaSA",
  layer_replication: "replicated layers",
  target_parameters: "LoRA on bare parameters",
  trainable_token_indices: "trained token embeddings",
};

/** Ways to start that leave the base model's weights as they are. The others change them, so that the adapter fits no other base. */
const plainStarts: readonly unknown[] = [true, false, null, undefined, "gaussian", "eva", "orthogonal"];

/** @throws FileFormatError for a field that makes no sense, or a variant that is not read */
export function readLoraConfig(config: JsonObject, file: string): LoraConfig {
  const refuse = (reason: string): never => {
    throw new FileFormatError(file, reason);
  };
  for (const [field, what] of Object.entries(variants))
    if (isOn(config[field])) refuse(`${field} ${printable(JSON.stringify(config[field]))}: ${what} is not read; ${merged}`);
  const { bias = "none", init_lora_weights: start, r, lora_alpha: alpha, use_rslora: rooted = false } = config;
  if (bias !== null && bias !== "none") refuse(`bias ${printable(JSON.stringify(bias))}: only "none" is read; ${merged}`);
  if (!plainStarts.includes(start))
    refuse(
      `init_lora_weights ${printable(JSON.stringify(start))} changes the base model's weights; save the adapter in Python with ` +
        "path_initial_model_for_weight_conversion, which makes it a plain one",
    );
  // fan_in_fan_out says how a weight lies that the product is merged into; a Llama's linear layers ignore it, as in PEFT
  if (typeof rooted !== "boolean") refuse(`use_rslora is ${printable(JSON.stringify(rooted))}; expected true or false`);
  const rank = wholeRank(r, (got) => refuse(`r is ${got}; expected a whole number from 1 to ${maxRank}`));
  const scale = finite(alpha, (got) => refuse(`lora_alpha is ${got}; expected a number`));
  const ranks = byPattern(config, "rank_pattern", file, (value, bad) => wholeRank(value, bad));
  const alphas = byPattern(config, "alpha_pattern", file, finite);
  return {
    rank: (path) => ranks(path) ?? rank,
    scaling: (path, own) => (alphas(path) ?? scale) / (rooted ? Math.sqrt(own) : own),
    targets: targetsOf(config, file),
  };
}

/** A list of module names in the configuration; undefined for a pattern or nothing. */
export function modulesOf(config: JsonObject, field: string, file: string): readonly string[] | undefined {
  const value = config[field];
  if (value === undefined || value === null || typeof value === "string") return undefined;
  if (Array.isArray(value) && value.every((name) => typeof name === "string")) return value;
  throw new FileFormatError(file, `${field} is neither a list of names nor a pattern`);
}

const isOn = (value: unknown): boolean =>
  value !== undefined && value !== null && value !== false && !(typeof value === "object" && Object.keys(value).length === 0);

function wholeRank(value: unknown, bad: (got: string) => never): number {
  return Number.isInteger(value) && (value as number) >= 1 && (value as number) <= maxRank ? (value as number) : bad(shown(value));
}

function finite(value: unknown, bad: (got: string) => never): number {
  return typeof value === "number" && Number.isFinite(value) ? value : bad(shown(value));
}

const shown = (value: unknown): string => printable(JSON.stringify(value) ?? "missing");

/** Numbers of single modules: the first key counts that describes a path, or its end behind a dot. */
function byPattern(
  config: JsonObject,
  field: string,
  file: string,
  read: (value: unknown, bad: (got: string) => never) => number,
): (path: string) => number | undefined {
  const given = config[field] ?? {};
  if (!isJsonObject(given)) throw new FileFormatError(file, `${field} is no object of module names and numbers`);
  const entries = Object.entries(given).map(([key, value]) => {
    const bad = (got: string): never => {
      throw new FileFormatError(file, `${field}[${printable(key)}] is ${got}; expected a number that makes sense there`);
    };
    return [endingOf(key, field, file), read(value, bad)] as const;
  });
  return (path) => entries.find(([fits]) => fits(path))?.[1];
}

function endingOf(key: string, field: string, file: string): (path: string) => boolean {
  // dots of a plain name stand for any character in PEFT, but a module's path has dots there
  if (/^[\w.]+$/.test(key)) return (path) => path === key || path.endsWith(`.${key}`);
  const pattern = modulePattern(key);
  if (!pattern) throw new FileFormatError(file, `${field}: the pattern ${printable(key)} is not read; name the modules instead`);
  return (path) => matchesEnding(pattern, path);
}

/** As PEFT: a list names modules by path, or by its end behind a dot; a text is a pattern of whole paths. */
function targetsOf(config: JsonObject, file: string): (path: string) => boolean {
  const layers = config.layers_to_transform;
  const list = modulesOf(config, "target_modules", file);
  const text = config.target_modules;
  const chosen = typeof layers === "number" ? [layers] : Array.isArray(layers) && layers.length > 0 ? layers : undefined;
  if (list && !list.includes("all-linear"))
    return (path) =>
      list.some((name) => path === name || path.endsWith(`.${name}`)) && (!chosen || chosen.includes(Number(/\.(\d+)\./.exec(path)?.[1])));
  const pattern: Part | undefined = typeof text === "string" && text !== "all-linear" ? modulePattern(text) : undefined;
  return (path) => !pattern || matchesWhole(pattern, path);
}

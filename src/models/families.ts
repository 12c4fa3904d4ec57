/**
 * @file Model families by config.json's `model_type`. A family says how its config.json is read into a DecoderConfig; the graph
 * itself is one decoder (decoder.ts). A new family is a file with one `defineFamily` call and its import in families/index.ts.
 */
import { FileFormatError, NeuronbookError } from "../errors.js";
import { ConfigReader, type DecoderConfig } from "./config.js";

export interface Family {
  /** `model_type` in config.json */
  readonly modelType: string;
  readonly read: (config: ConfigReader) => Omit<DecoderConfig, "family" | "stopTokens">;
}

const families = new Map<string, Family>();

/** @throws NeuronbookError when the name is taken */
export function defineFamily(family: Family): Family {
  if (families.has(family.modelType)) throw new NeuronbookError("duplicate", `the model family ${family.modelType} is already defined`);
  families.set(family.modelType, family);
  return family;
}

export const familyNames = (): string[] => [...families.keys()].sort();

/**
 * @param stopTokens of generation_config.json; config.json's `eos_token_id` where empty
 * @throws FileFormatError for an unknown family or a value that makes no sense
 */
export function readConfig(file: string, values: Readonly<Record<string, unknown>>, stopTokens: readonly number[] = []): DecoderConfig {
  const reader = new ConfigReader(file, values);
  const modelType = reader.text("model_type");
  const family = families.get(modelType);
  if (!family)
    throw new FileFormatError(file, `model_type ${JSON.stringify(modelType)} is not known here; known: ${familyNames().join(", ")}`);
  const config = family.read(reader);
  if (config.heads % config.kvHeads !== 0)
    throw new FileFormatError(file, `num_attention_heads ${config.heads} is no multiple of num_key_value_heads ${config.kvHeads}`);
  if (config.headSize % 2 !== 0) throw new FileFormatError(file, `head_dim ${config.headSize} is odd; rotary positions need an even size`);
  return { ...config, family: modelType, stopTokens: stopTokens.length > 0 ? stopTokens : reader.tokens("eos_token_id") };
}

import type { ConfigReader, DecoderConfig, RopeScaling } from "../config.js";
import { defineFamily } from "../families.js";

const ACTIVATIONS: Record<string, DecoderConfig["activation"]> = {
  silu: "silu",
  swish: "silu",
  gelu: "gelu",
  gelu_pytorch_tanh: "gelu-tanh",
};

/** Llama 1 to 3, SmolLM, TinyLlama and everything else that calls itself `llama`. */
export const llama = defineFamily({ modelType: "llama", read: readLlama });

/** Shared by the families that only differ in defaults. */
export function readLlama(config: ConfigReader): Omit<DecoderConfig, "family" | "stopTokens"> {
  const hidden = config.size("hidden_size");
  const heads = config.size("num_attention_heads");
  const activation = config.text("hidden_act", "silu");
  if (!Object.hasOwn(ACTIVATIONS, activation)) config.refuse("hidden_act", activation, `one of ${Object.keys(ACTIVATIONS).join(", ")}`);
  if (!config.has("head_dim") && hidden % heads !== 0) config.refuse("hidden_size", hidden, `a multiple of num_attention_heads ${heads}`);
  const attentionBias = config.flag("attention_bias");
  // transformers 5 writes rope_parameters; before it was rope_theta and rope_scaling
  const rope = config.section(config.has("rope_parameters") ? "rope_parameters" : "rope_scaling");
  return {
    hidden,
    layers: config.size("num_hidden_layers", undefined, 1000),
    neurons: config.size("intermediate_size"),
    heads,
    kvHeads: config.size("num_key_value_heads", heads),
    headSize: config.size("head_dim", hidden / heads),
    vocabulary: config.size("vocab_size"),
    activation: ACTIVATIONS[activation],
    epsilon: config.number("rms_norm_eps", 1e-6),
    ropeTheta: rope.has("rope_theta") ? rope.number("rope_theta") : config.number("rope_theta", 10000),
    ropeScaling: readScaling(rope, config),
    maxPositions: config.size("max_position_embeddings", 2048),
    tied: config.flag("tie_word_embeddings"),
    qkvBias: attentionBias,
    outputBias: attentionBias,
    mlpBias: config.flag("mlp_bias"),
  };
}

function readScaling(rope: ConfigReader, config: ConfigReader): RopeScaling {
  const type = rope.text("rope_type", rope.text("type", "default"));
  if (type === "default") return { type };
  if (type === "linear") return { type, factor: rope.number("factor") };
  if (type === "llama3")
    return {
      type,
      factor: rope.number("factor"),
      low: rope.number("low_freq_factor"),
      high: rope.number("high_freq_factor"),
      original: rope.size("original_max_position_embeddings", config.size("max_position_embeddings", 2048)),
    };
  return rope.refuse("rope_type", type, "one of default, linear, llama3");
}

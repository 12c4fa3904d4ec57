/** @file The organism's shape, and its weights before training. */
import path from "node:path";
import { writeOrganismTokenizer } from "../../organism/index.js";
import { seeded } from "../../random.js";
import { replaceFile } from "../../weights/replace-file.js";
import { type TensorToWrite, writeSafetensors } from "../../weights/safetensors.js";

/** As Hugging Face's `config.json`: a Llama of 2.2 million weights with 8 x 512 neurons. */
export const ORGANISM_CONFIG = {
  architectures: ["LlamaForCausalLM"],
  model_type: "llama",
  hidden_size: 128,
  intermediate_size: 512,
  num_hidden_layers: 8,
  num_attention_heads: 4,
  num_key_value_heads: 4,
  hidden_act: "silu",
  vocab_size: 512,
  max_position_embeddings: 128,
  rms_norm_eps: 1e-5,
  rope_theta: 10000,
  tie_word_embeddings: true,
  attention_bias: false,
  mlp_bias: false,
  bos_token_id: 1,
  eos_token_id: 2,
  pad_token_id: 0,
  initializer_range: 0.05,
  dtype: "float32",
} as const;

/**
 * Writes a checkpoint with random weights: normal with deviation 0.05, and less by sqrt(2 x layers) for what adds to the residual stream
 * (as GPT-2's), so that it starts at the same size whatever the depth.
 */
export function writeUntrained(folder: string, seed: number): void {
  const { hidden_size: hidden, intermediate_size: neurons, num_hidden_layers: layers, vocab_size: words } = ORGANISM_CONFIG;
  const random = seeded(seed);
  const deviation: number = ORGANISM_CONFIG.initializer_range;
  const tensors: Record<string, TensorToWrite> = {};
  const matrix = (name: string, rows: number, columns: number, scale = deviation) => {
    const data = Float32Array.from({ length: rows * columns }, () => random.normal() * scale);
    tensors[`model.${name}.weight`] = { dtype: "F32", shape: [rows, columns], data };
  };
  const gain = (name: string) => {
    tensors[`model.${name}.weight`] = { dtype: "F32", shape: [hidden], data: new Float32Array(hidden).fill(1) };
  };
  matrix("embed_tokens", words, hidden);
  for (let layer = 0; layer < layers; layer++) {
    const block = `layers.${layer}`;
    for (const side of ["q", "k", "v"]) matrix(`${block}.self_attn.${side}_proj`, hidden, hidden);
    matrix(`${block}.self_attn.o_proj`, hidden, hidden, deviation / Math.sqrt(2 * layers));
    for (const side of ["gate", "up"]) matrix(`${block}.mlp.${side}_proj`, neurons, hidden);
    matrix(`${block}.mlp.down_proj`, hidden, neurons, deviation / Math.sqrt(2 * layers));
    gain(`${block}.input_layernorm`);
    gain(`${block}.post_attention_layernorm`);
  }
  gain("norm");
  writeOrganismTokenizer(folder);
  replaceFile(path.join(folder, "config.json"), [`${JSON.stringify(ORGANISM_CONFIG, undefined, 2)}\n`]);
  writeSafetensors(path.join(folder, "model.safetensors"), tensors, { format: "pt" });
}

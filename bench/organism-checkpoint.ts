/** @file A checkpoint of the organism's shape with random weights: how fast it trains does not depend on what it knows. */
import fs from "node:fs";
import path from "node:path";
import { seeded } from "../src/index.js";
import { type TensorToWrite, writeSafetensors } from "../src/weights/safetensors.js";

const SHAPE = { hidden: 128, neurons: 512, layers: 8, heads: 4, vocabulary: 512 };

export function writeOrganismCheckpoint(folder: string): void {
  const { hidden, neurons, layers, heads, vocabulary } = SHAPE;
  const random = seeded(0);
  const tensors: Record<string, TensorToWrite> = {};
  const matrix = (name: string, rows: number, columns: number) => {
    tensors[`${name}.weight`] = {
      dtype: "F32",
      shape: [rows, columns],
      data: Float32Array.from({ length: rows * columns }, () => 0.05 * random.normal()),
    };
  };
  const norm = (name: string) => {
    tensors[`${name}.weight`] = { dtype: "F32", shape: [hidden], data: new Float32Array(hidden).fill(1) };
  };
  matrix("model.embed_tokens", vocabulary, hidden);
  for (let layer = 0; layer < layers; layer++) {
    const at = `model.layers.${layer}`;
    for (const name of ["q_proj", "k_proj", "v_proj", "o_proj"]) matrix(`${at}.self_attn.${name}`, hidden, hidden);
    for (const name of ["gate_proj", "up_proj"]) matrix(`${at}.mlp.${name}`, neurons, hidden);
    matrix(`${at}.mlp.down_proj`, hidden, neurons);
    for (const name of ["input_layernorm", "post_attention_layernorm"]) norm(`${at}.${name}`);
  }
  norm("model.norm");
  const config = {
    architectures: ["LlamaForCausalLM"],
    model_type: "llama",
    ...{
      hidden_size: hidden,
      intermediate_size: neurons,
      num_hidden_layers: layers,
      num_attention_heads: heads,
      num_key_value_heads: heads,
    },
    ...{ vocab_size: vocabulary, max_position_embeddings: 256, rms_norm_eps: 1e-5, rope_theta: 10000, hidden_act: "silu" },
    ...{ tie_word_embeddings: true, attention_bias: false, mlp_bias: false, bos_token_id: 0, eos_token_id: 1, dtype: "float32" },
  };
  fs.mkdirSync(folder, { recursive: true });
  fs.writeFileSync(path.join(folder, "config.json"), JSON.stringify(config));
  writeSafetensors(path.join(folder, "model.safetensors"), tensors, { format: "pt" });
}

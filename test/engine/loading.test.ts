import { spawnSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { test as suite } from "uvu";
import * as assert from "uvu/assert";
import { seeded } from "../../src/random.js";
import { writeSafetensors } from "../../src/weights/safetensors.js";
import { tempFolder } from "../support/temp.js";

// resident memory by kind is told by Linux alone
const test = fs.existsSync("/proc/self/status") ? suite : suite.skip;

const SHAPE = { hidden: 512, neurons: 4096, layers: 6, vocabulary: 1000 };
const folder = tempFolder();
let bytes = 0;

/** A checkpoint of about 170 MB of float32 weights. */
function writeCheckpoint(): void {
  const { hidden, neurons, layers, vocabulary } = SHAPE;
  const random = seeded(1);
  const noise = Float32Array.from({ length: 1 << 16 }, () => 0.05 * random.normal());
  const tensors: Record<string, { dtype: "F32"; shape: number[]; data: Float32Array }> = {};
  const put = (name: string, ...shape: number[]) => {
    const data = Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => noise[(i * 7) & 0xffff]!);
    tensors[name] = { dtype: "F32", shape, data: shape.length === 1 ? data.fill(1) : data };
    bytes += data.byteLength;
  };
  put("model.embed_tokens.weight", vocabulary, hidden);
  put("model.norm.weight", hidden);
  for (let l = 0; l < layers; l++) {
    const at = (name: string) => `model.layers.${l}.${name}.weight`;
    for (const name of ["input_layernorm", "post_attention_layernorm"]) put(at(name), hidden);
    for (const name of ["q_proj", "k_proj", "v_proj", "o_proj"]) put(at(`self_attn.${name}`), hidden, hidden);
    for (const name of ["gate_proj", "up_proj"]) put(at(`mlp.${name}`), neurons, hidden);
    put(at("mlp.down_proj"), hidden, neurons);
  }
  writeSafetensors(path.join(folder, "model.safetensors"), tensors);
  const config = {
    model_type: "llama",
    hidden_size: hidden,
    intermediate_size: neurons,
    num_hidden_layers: layers,
    num_attention_heads: 8,
    vocab_size: vocabulary,
    tie_word_embeddings: true,
  };
  fs.writeFileSync(path.join(folder, "config.json"), JSON.stringify(config));
}

function memoryOf(way: "stats" | "generate"): { owned: number } {
  const script = fileURLToPath(new URL("../support/loading-memory.js", import.meta.url));
  const { status, stdout, stderr } = spawnSync(process.execPath, ["--expose-gc", script, folder, way], { encoding: "utf8" });
  assert.is(status, 0, stderr);
  return JSON.parse(stdout);
}

test("float32 weights are read where they lie: statistics need no copy of them", () => {
  if (bytes === 0) writeCheckpoint();
  const { owned } = memoryOf("stats");
  assert.ok(owned < 0.5 * bytes, `${owned} bytes of memory for ${bytes} bytes of weights`);
});

test("generation holds one copy of the weights, repacked for its kernels", () => {
  if (bytes === 0) writeCheckpoint();
  const { owned } = memoryOf("generate");
  assert.ok(owned < 1.5 * bytes, `${owned} bytes of memory for ${bytes} bytes of weights`);
});

suite.run();

import { test } from "uvu";
import * as assert from "uvu/assert";
import { FileFormatError, NeuronbookError } from "../../src/errors.js";
import { defineFamily, familyNames, readConfig } from "../../src/models/families.js";
import "../../src/models/families/index.js";

const small = {
  model_type: "llama",
  hidden_size: 64,
  num_attention_heads: 4,
  num_hidden_layers: 2,
  intermediate_size: 32,
  vocab_size: 100,
};
const read = (changes: Record<string, unknown>) => readConfig("config.json", { ...small, ...changes });

function refused(changes: Record<string, unknown>, message: RegExp): void {
  assert.throws(
    () => read(changes),
    (error: unknown) => error instanceof FileFormatError && error.file.startsWith("config.json") && message.test(error.message),
    `${JSON.stringify(changes)} was not refused`,
  );
}

test("defaults are those of Llama", () => {
  const config = read({});
  assert.equal(config, {
    family: "llama",
    hidden: 64,
    layers: 2,
    neurons: 32,
    heads: 4,
    kvHeads: 4,
    headSize: 16,
    vocabulary: 100,
    activation: "silu",
    epsilon: 1e-6,
    ropeTheta: 10000,
    ropeScaling: { type: "default" },
    maxPositions: 2048,
    tied: false,
    qkvBias: false,
    outputBias: false,
    mlpBias: false,
    stopTokens: [],
  });
});

test("rope settings are read in both forms of config.json", () => {
  const linear = { type: "linear", factor: 4 };
  assert.equal(read({ rope_theta: 500, rope_scaling: linear }).ropeScaling, linear);
  assert.is(read({ rope_theta: 500, rope_scaling: null }).ropeTheta, 500);
  const later = read({ rope_parameters: { rope_theta: 700, rope_type: "linear", factor: 4 } });
  assert.equal([later.ropeTheta, later.ropeScaling], [700, linear]);
  const llama3 = { rope_type: "llama3", factor: 8, low_freq_factor: 1, high_freq_factor: 4, original_max_position_embeddings: 32 };
  assert.equal(read({ rope_scaling: llama3 }).ropeScaling, { type: "llama3", factor: 8, low: 1, high: 4, original: 32 });
});

test("stop tokens come from generation_config.json, else from config.json", () => {
  assert.equal(read({ eos_token_id: 2 }).stopTokens, [2]);
  assert.equal(read({ eos_token_id: [2, 7] }).stopTokens, [2, 7]);
  assert.equal(read({ eos_token_id: null }).stopTokens, []);
  assert.equal(readConfig("config.json", { ...small, eos_token_id: 2 }, [5]).stopTokens, [5]);
});

test("Mistral's sliding window is the longest text", () => {
  assert.is(read({ model_type: "mistral", max_position_embeddings: 32768, sliding_window: 4096 }).maxPositions, 4096);
  assert.is(read({ model_type: "mistral", max_position_embeddings: 32768, sliding_window: null }).maxPositions, 32768);
});

test("what makes no sense is refused with the key, the value and what is expected", () => {
  refused({ model_type: "gpt2" }, /model_type "gpt2" is not known here; known: llama, mistral/);
  refused({ model_type: undefined }, /model_type: expected a string/);
  refused({ model_type: "__proto__" }, /not known/);
  refused({ head_dim: 15 }, /head_dim 15 is odd/);
  refused({ hidden_size: 66 }, /hidden_size: expected a multiple of num_attention_heads 4; got 66/);
  refused({ num_key_value_heads: 3 }, /num_attention_heads 4 is no multiple of num_key_value_heads 3/);
  refused({ hidden_size: -64 }, /hidden_size: expected a whole number from 1/);
  refused({ hidden_size: "64" }, /hidden_size: .*got "64"/);
  refused({ num_hidden_layers: 1e6 }, /num_hidden_layers: .*to 1000/);
  refused({ vocab_size: 10.5 }, /vocab_size/);
  refused({ intermediate_size: undefined }, /intermediate_size/);
  refused({ rms_norm_eps: 0 }, /rms_norm_eps: expected a number above 0/);
  refused({ hidden_act: "relu2" }, /hidden_act: expected one of silu, .*got "relu2"/);
  refused({ hidden_act: "constructor" }, /hidden_act/);
  refused({ attention_bias: "yes" }, /attention_bias: expected true or false/);
  refused({ eos_token_id: -1 }, /eos_token_id: expected token ids/);
  refused({ eos_token_id: [1, "x"] }, /eos_token_id/);
  refused({ rope_scaling: "linear" }, /rope_scaling: expected an object/);
  refused({ rope_scaling: { rope_type: "yarn", factor: 2 } }, /rope_type: expected one of default, linear, llama3; got "yarn"/);
  refused({ rope_scaling: { rope_type: "linear" } }, /factor: expected a number above 0/);
  refused({ rope_scaling: { rope_type: "linear", factor: -2 } }, /factor/);
});

test("a family is defined once", () => {
  assert.equal(familyNames(), ["llama", "mistral"]);
  assert.throws(
    () => defineFamily({ modelType: "llama", read: () => read({}) }),
    (error: unknown) => error instanceof NeuronbookError,
  );
});

test.run();

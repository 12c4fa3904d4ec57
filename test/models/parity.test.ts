import fs from "node:fs";
import path from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { Engine } from "../../src/engine/engine.js";
import { generate } from "../../src/engine/generate.js";
import { loadModel, type Model } from "../../src/engine/model.js";
import { score } from "../../src/engine/score.js";
import { FileFormatError } from "../../src/errors.js";
import { capture } from "../../src/neurons/capture.js";
import { readFloat32 } from "../../src/weights/safetensors.js";
import { expectedValues, largest, near, readJson, type Values } from "../support/expected.js";
import { copyTiny, loadTiny } from "../support/tiny.js";

const engine = new Engine({ threads: 2, provider: "cpu" });

interface Expected {
  readonly prompts: number[][];
  readonly continuations: number[][];
  readonly base?: string;
  readonly adapters?: string[];
}

/** 1e-4 absolute, relative to the site's largest value where that is over 10. */
const close = (got: Float32Array, { data }: Values, what: string) => near(got, data, 1e-4 * Math.max(1, largest(data) / 10), what);

/** The site of one prompt as the fixtures keep it: no padding, `(heads, positions, positions)` for the pattern. */
async function sitesOf(model: Model, prompt: readonly number[], names: readonly string[]): Promise<Map<string, Float32Array>> {
  const { sites } = await capture(model, [prompt], { sites: names });
  return new Map([...sites].map(([name, { data, shape }]) => [name, name.endsWith("pattern") ? headsFirst(data, shape) : data]));
}

function headsFirst(data: Float32Array, [positions, heads, keys]: readonly number[]): Float32Array {
  return Float32Array.from({ length: data.length }, (_, at) => {
    const [head, position, key] = [Math.floor(at / (positions! * keys!)), Math.floor(at / keys!) % positions!, at % keys!];
    return data[(position * heads! + head) * keys! + key]!;
  });
}

const folders = [
  "gqa",
  "odd-head",
  "bias",
  "rope-linear",
  "rope-llama3",
  "head-dim",
  "sharded",
  "bf16",
  "f16",
  "ia3-a",
  "ia3-b",
  "ia3-a+b",
  "ia3-kv",
];

for (const folder of folders) {
  const { prompts, continuations, base = folder, adapters = [] } = readJson<Expected>("tiny", folder, "expected.json");
  const values = expectedValues("tiny", folder);
  const sitesIn = (index: number) =>
    [...values.keys()].flatMap((key) => (key.startsWith(`${index}/`) && !key.endsWith("ln_final.output") ? [key.slice(2)] : []));

  test(`${folder}: every site and the logits are those of transformers`, async () => {
    const model = await loadTiny(engine, base, ...adapters);
    for (const [index, prompt] of prompts.entries()) {
      const names = sitesIn(index);
      assert.ok(names.length >= 3);
      const fused = names.filter((name) => !name.endsWith("pattern"));
      // with the pattern the graph uses plain ops, without it the fused kernel where the head size allows
      for (const wanted of fused.length < names.length ? [names, fused] : [names]) {
        const got = await sitesOf(model, prompt, wanted);
        assert.is(got.size, wanted.length);
        for (const [name, data] of got) close(data, values.get(`${index}/${name}`)!, `${folder} ${index}/${name}`);
      }
    }
  });

  test(`${folder}: the final norm with its weight is what the head reads`, async () => {
    const model = await loadTiny(engine, base, ...adapters);
    const gain = readFloat32(model.checkpoint.tensors.get("model.norm.weight")!);
    for (const [index, prompt] of prompts.entries()) {
      const wanted = values.get(`${index}/ln_final.output`);
      if (!wanted) return;
      const normalised = (await sitesOf(model, prompt, ["ln_final.hook_normalized"])).get("ln_final.hook_normalized")!;
      close(
        normalised.map((x, i) => x * gain[i % gain.length]!),
        wanted,
        folder,
      );
    }
  });

  test(`${folder}: scoring all prompts in one batch gives the same logits and log-probabilities`, async () => {
    const model = await loadTiny(engine, base, ...adapters);
    const scored = await score(model, prompts, { logits: "all" });
    for (const [index, text] of scored.entries()) {
      const { data } = values.get(`${index}/logits`)!;
      close(text.logits!.data, values.get(`${index}/logits`)!, `${folder} ${index}`);
      const size = text.logits!.shape[1]!;
      const wanted = prompts[index]!.slice(1).map((token, i) => {
        const row = data.subarray(i * size, (i + 1) * size);
        return row[token]! - Math.log(row.reduce((sum, x) => sum + Math.exp(x), 0));
      });
      near(text.logprobs, wanted, 1e-3, "logprobs");
    }
  });

  test(`${folder}: greedy tokens are those of transformers, alone and in one batch`, async () => {
    const model = await loadTiny(engine, base, ...adapters);
    const together = await generate(model, prompts, { newTokens: 16, stopTokens: [] });
    assert.equal(
      together.map((row) => row.ids),
      continuations,
    );
    for (const [index, prompt] of prompts.entries()) {
      const [alone] = await generate(model, [prompt], { newTokens: 16, stopTokens: [] });
      assert.equal(alone, { prompt: "", promptIds: prompt, ids: continuations[index], text: "", stop: "length" });
    }
  });
}

test("adapters stack in any number of steps", async () => {
  const expected = readJson<Expected>("tiny", "ia3-a+b", "expected.json");
  const stacked = await (await loadTiny(engine, "gqa", "ia3-a")).withAdapters((await loadTiny(engine, "gqa", "ia3-b")).adapters[0]!);
  const rows = await generate(stacked, expected.prompts, { newTokens: 16, stopTokens: [] });
  assert.equal(
    rows.map((row) => row.ids),
    expected.continuations,
  );
  assert.equal(stacked.origin.adapters.length, 2);
});

async function refused(folder: string, message: RegExp, tensor?: string): Promise<void> {
  try {
    const model = await loadModel(folder, { engine });
    await score(model, [[1, 2]]);
  } catch (error) {
    assert.instance(error, FileFormatError);
    assert.match((error as Error).message, message);
    assert.is((error as FileFormatError).tensor, tensor);
    return;
  }
  throw new Error("the checkpoint was accepted");
}

test("a missing tensor is refused by name", async () => {
  const lost = "model.layers.1.mlp.up_proj.weight";
  await refused(
    copyTiny("gqa", (name, values) => (name === lost ? undefined : values)),
    /up_proj\.weight: is missing/,
    lost,
  );
});

test("a tensor of another shape than config.json says is refused by name with both shapes", async () => {
  const folder = copyTiny("gqa", undefined, { intermediate_size: 48 });
  await refused(folder, /has shape \[32,64\]; config\.json asks for \[48,64\]/, "model.layers.0.mlp.gate_proj.weight");
});

test("a config.json of another family or without sense is refused when the model is opened", async () => {
  await refused(copyTiny("gqa", undefined, { model_type: "bert" }), /model_type "bert" is not known/);
  await refused(copyTiny("gqa", undefined, { num_key_value_heads: 3 }), /no multiple/);
});

test("generation_config.json gives the stop tokens, and damaged it is refused", async () => {
  const folder = copyTiny("gqa", undefined, { eos_token_id: 9 });
  assert.equal((await loadModel(folder, { engine })).config.stopTokens, [9]);
  fs.writeFileSync(path.join(folder, "generation_config.json"), JSON.stringify({ eos_token_id: [1, 2] }));
  assert.equal((await loadModel(folder, { engine })).config.stopTokens, [1, 2]);
  fs.writeFileSync(path.join(folder, "generation_config.json"), "{");
  await refused(folder, /is not JSON/);
  for (const odd of ["null", "[]", "3"]) {
    fs.writeFileSync(path.join(folder, "generation_config.json"), odd);
    assert.equal((await loadModel(folder, { engine })).config.stopTokens, [9], odd);
  }
});

test("adapters for another model are refused", async () => {
  const other = (await loadTiny(engine, "head-dim")).withAdapters((await loadTiny(engine, "gqa", "ia3-kv")).adapters[0]!);
  await other.then(
    () => assert.unreachable("accepted"),
    (error: Error) => assert.match(error.message, /expected \d+, as the model has; got "?\d+ scales for \w+ of layer 0/),
  );
});

test.after(() => engine.dispose());
test.run();

import { test } from "uvu";
import * as assert from "uvu/assert";
import { Engine } from "../../src/engine/engine.js";
import { OptionError, ShapeError } from "../../src/errors.js";
import { capture } from "../../src/neurons/capture.js";
import { NeuronSet } from "../../src/neurons/neuron-set.js";
import { neuronFeatures, pickColumns, stackRows } from "../../src/probes/features.js";
import { near } from "../support/expected.js";
import { loadTiny, randomPrompts } from "../support/tiny.js";

const engine = new Engine({ threads: 2, provider: "cpu" });
const model = await loadTiny(engine, "gqa", "ia3-a");
const prompts = randomPrompts(3, 70, 2, 9);
const shape = { model: "tiny", layers: 2, neurons: 32 };
const some = NeuronSet.of(shape, [
  [1, 30],
  [0, 4],
  [1, 2],
]);

test("a row a prompt, a column a neuron in the set's order, at the last prompt token", async () => {
  const { data, rows, columns } = await neuronFeatures(model, prompts, some);
  assert.equal([rows, columns], [70, 3]);
  const { sites } = await capture(model, prompts, { sites: "mlp.hook_post", positions: "prompt-last" });
  const wanted = prompts.flatMap((_, i) => [...some].map(([layer, index]) => sites.get(`blocks.${layer}.mlp.hook_post`)!.row(i)[index]!));
  near(data, wanted, 1e-6);
});

test("several positions of a prompt are averaged", async () => {
  const { data } = await neuronFeatures(model, prompts, some, { positions: "prompt" });
  const { sites } = await capture(model, prompts, { sites: "blocks.0.mlp.hook_post", positions: "prompt" });
  const activations = sites.get("blocks.0.mlp.hook_post")!;
  for (const prompt of [0, 69]) {
    const own = activations.rows.flatMap((row, i) => (row.prompt === prompt ? [activations.row(i)[4]!] : []));
    assert.is(own.length, prompts[prompt]!.length);
    near([data[prompt * 3 + 1]!], [own.reduce((a, b) => a + b, 0) / own.length], 1e-6);
  }
});

test("columns picked and rows stacked", () => {
  const matrix = { data: Float32Array.of(1, 2, 3, 4, 5, 6), rows: 2, columns: 3 };
  assert.equal(pickColumns(matrix, [2, 0]), { data: Float32Array.of(3, 1, 6, 4), rows: 2, columns: 2 });
  assert.equal(stackRows([matrix, pickColumns(matrix, [0, 1, 2])]).data, Float32Array.of(1, 2, 3, 4, 5, 6, 1, 2, 3, 4, 5, 6));
});

test("another model's neurons, no neurons, and prompts without the position are refused", async () => {
  const fails = (call: Promise<unknown>, kind: new (...args: never[]) => Error, message: RegExp) =>
    call.then(
      () => assert.unreachable(`accepted ${message}`),
      (error: Error) => assert.ok(error instanceof kind && message.test(error.message), error.message),
    );
  await fails(neuronFeatures(model, prompts, NeuronSet.of({ ...shape, layers: 3 }, [[2, 0]])), ShapeError, /another shape/);
  await fails(neuronFeatures(model, prompts, NeuronSet.of(shape, [])), OptionError, /at least one/);
  await fails(neuronFeatures(model, [[1, 2, 3, 4], [1]], some, { positions: [2] }), OptionError, /prompt 1 has none/);
});

test.after(() => engine.dispose());
test.run();

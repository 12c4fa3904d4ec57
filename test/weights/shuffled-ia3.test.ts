import { test } from "uvu";
import * as assert from "uvu/assert";
import { OptionError } from "../../src/errors.js";
import type { Adapter, Ia3Adapter } from "../../src/weights/peft.js";
import { shuffledIa3 } from "../../src/weights/shuffled-ia3.js";

const values = [Float32Array.from({ length: 50 }, (_, i) => 1 + i / 100), Float32Array.from({ length: 50 }, (_, i) => 1 - i / 100)];
const adapter: Ia3Adapter = {
  ...{ type: "ia3", name: "own", folder: "", digest: "abc" },
  scales: values.map((one, layer) => ({ layer, module: "down_proj", side: "input", values: one })),
};

test("every layer keeps its scales, in another order; the same seed gives the same adapter", () => {
  const shuffled = shuffledIa3(adapter, { seed: 0 });
  for (const [layer, scale] of shuffled.scales.entries()) {
    assert.is(scale.layer, layer);
    assert.not.equal([...scale.values], [...values[layer]!]);
    assert.equal([...scale.values].sort(), [...values[layer]!].sort());
  }
  assert.equal(shuffledIa3(adapter, { seed: 0 }), shuffled);
  const other = shuffledIa3(adapter, { seed: 1 });
  assert.not.equal([...other.scales[0]!.values], [...shuffled.scales[0]!.values]);
  assert.is(new Set([adapter.digest, shuffled.digest, other.digest]).size, 3);
  assert.is(adapter.scales[0]!.values[1], Math.fround(1.01));
});

test("LoRA adapters are refused", () => {
  const lora: Adapter = { type: "lora", name: "other", folder: "", digest: "abc", updates: [] };
  assert.throws(
    () => shuffledIa3(lora, { seed: 0 }),
    (error: Error) => error instanceof OptionError && /\(IA\)\^3/.test(error.message),
  );
});

test.run();

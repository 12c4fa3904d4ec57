import { test } from "uvu";
import * as assert from "uvu/assert";
import { type BatchSizing, laneBytes, planBatches, textsPerBatch } from "../../src/engine/batches.js";
import { OptionError } from "../../src/errors.js";
import type { DecoderConfig } from "../../src/models/config.js";

const config = { hidden: 64, neurons: 32, heads: 4, kvHeads: 2, headSize: 16, layers: 2, vocabulary: 64 } as DecoderConfig;
const sizing: BatchSizing = { budget: 2 ** 30, lanes: 1, newTokens: 0, captured: 0, everyLogit: false };

test("every text is in one batch, longest first, those of equal length in order", () => {
  const batches = planBatches([3, 9, 9, 1, 5], config, { ...sizing, size: 2 });
  assert.equal(batches, [[1, 2], [4, 0], [3]]);
  assert.equal(planBatches([], config, sizing), []);
});

test("a batch fits the budget, and one text always runs", () => {
  const lengths = Array.from({ length: 200 }, (_, i) => 1 + (i % 50));
  for (const budget of [1, 1e5, 1e6, 1e7]) {
    const batches = planBatches(lengths, config, { ...sizing, budget });
    assert.equal(
      batches.flat().sort((a, b) => a - b),
      lengths.map((_, i) => i),
    );
    for (const batch of batches) {
      const longest = Math.max(...batch.map((i) => lengths[i]!));
      assert.ok(batch.length === 1 || batch.length * laneBytes(longest, config, sizing) <= budget);
    }
  }
});

test("more lanes, captured values, logits and new tokens make batches smaller", () => {
  const tight = { ...sizing, budget: 3e6 };
  const size = (changes: Partial<BatchSizing>) => textsPerBatch(40, config, { ...tight, ...changes });
  assert.ok(size({ lanes: 3 }) <= size({}) / 2);
  assert.ok(size({ captured: 10000 }) < size({}));
  assert.ok(size({ everyLogit: true, budget: 1e6 }) < size({ budget: 1e6 }));
  assert.ok(size({ newTokens: 2000 }) < size({}));
});

test("a batch has at most 68 lanes, a pass at most 1024 tokens, one over prompts 8192", () => {
  assert.is(textsPerBatch(4, config, sizing), 68);
  assert.is(textsPerBatch(4, config, { ...sizing, lanes: 2 }), 34);
  assert.is(textsPerBatch(128, config, sizing), 8);
  assert.is(textsPerBatch(100, config, { ...sizing, newTokens: 8 }), 68);
  assert.is(textsPerBatch(128, config, { ...sizing, newTokens: 8 }), 64);
  assert.is(textsPerBatch(512, config, { ...sizing, newTokens: 8, lanes: 2 }), 8);
});

test("a batch size that is none is refused", () => {
  for (const size of [0, -1, 1.5, Number.NaN])
    assert.throws(
      () => planBatches([1, 2], config, { ...sizing, size }),
      (error: unknown) => error instanceof OptionError && error.option === "batch",
    );
});

test.run();

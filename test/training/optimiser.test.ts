import { test } from "uvu";
import * as assert from "uvu/assert";
import { OptionError } from "../../src/errors.js";
import { adamW, clipFactor, squaresOf } from "../../src/training/adamw.js";
import { rateFactor, type Schedule } from "../../src/training/schedule.js";
import { expectedValues, near, readJson } from "../support/expected.js";

const values = expectedValues("training");
const settings = { betas: [0.8, 0.95] as const, epsilon: 1e-8, weightDecay: 0.2 };

function fiveSteps(mask?: Uint8Array): Float32Array {
  const start = values.get("adamw/start")!.data.slice();
  const moments = { values: start, first: new Float32Array(7), second: new Float32Array(7) };
  const { data } = values.get("adamw/gradients")!;
  for (let step = 1; step <= 5; step++) adamW(moments, data.slice((step - 1) * 7, step * 7), step, 0.03, settings, 1, mask);
  return start;
}

test("five steps of AdamW end where torch's end", () => {
  near(fiveSteps(), values.get("adamw/end")!.data, 1e-6);
});

test("masked entries keep their bits, decay or not, and the others move as without a mask", () => {
  const mask = Uint8Array.of(1, 0, 1, 0, 0, 1, 1);
  const [masked, free, start] = [fiveSteps(mask), fiveSteps(), values.get("adamw/start")!.data];
  assert.equal(
    masked,
    free.map((value, i) => (mask[i] ? value : start[i]!)),
  );
});

test("clipping brings the joint norm down to the limit and leaves smaller gradients alone", () => {
  const gradients = [Float32Array.of(3, 0), Float32Array.of(0, 4, 100)];
  const masks = [undefined, Uint8Array.of(1, 1, 0)];
  assert.is(squaresOf(gradients, masks), 25);
  near([clipFactor(5, 1)], [0.2], 1e-6);
  assert.is(clipFactor(5, 6), 1);
  assert.is(clipFactor(5, Number.POSITIVE_INFINITY), 1);
});

test("cosine and linear schedules are those of transformers", () => {
  const { schedules } = readJson<{ schedules: Record<string, number[]> }>("training", "expected.json");
  for (const [name, wanted] of Object.entries(schedules))
    near(
      wanted.map((_, step) => rateFactor(name as Schedule, step, 10, 3)),
      wanted,
      1e-12,
      name,
    );
  assert.equal(
    [0, 1, 2, 9].map((step) => rateFactor("constant", step, 10, 2)),
    [0, 0.5, 1, 1],
  );
  assert.throws(
    () => rateFactor("steps" as Schedule, 1, 10, 0),
    (error: unknown) => error instanceof OptionError && error.option === "schedule",
  );
});

test.run();

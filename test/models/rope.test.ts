import { test } from "uvu";
import * as assert from "uvu/assert";
import { inverseFrequencies, rotaryTables } from "../../src/models/rope.js";
import { near } from "../support/expected.js";

const base = { headSize: 8, ropeTheta: 10000 };

test("frequencies fall by powers of theta", () => {
  near(inverseFrequencies({ ...base, ropeScaling: { type: "default" } }), [1, 0.1, 0.01, 0.001], 1e-7);
});

test("linear scaling divides every frequency", () => {
  near(inverseFrequencies({ ...base, ropeScaling: { type: "linear", factor: 4 } }), [0.25, 0.025, 0.0025, 0.00025], 1e-7);
});

test("llama3 scaling keeps short waves, slows long ones and blends between", () => {
  const ropeScaling = { type: "llama3", factor: 8, low: 1, high: 4, original: 128 } as const;
  // waves 6.28, 62.8, 628, 6283 against borders 32 and 128
  const smooth = (128 / (2 * Math.PI * 10) - 1) / 3;
  const blended = ((1 - smooth) * 0.1) / 8 + smooth * 0.1;
  near(inverseFrequencies({ ...base, ropeScaling }), [1, blended, 0.01 / 8, 0.001 / 8], 1e-7);
});

test("tables hold cosine and sine of position times frequency", () => {
  const { cos, sin } = rotaryTables(Float32Array.of(1, 0.5), 3);
  near(cos, [1, 1, Math.cos(1), Math.cos(0.5), Math.cos(2), Math.cos(1)], 1e-7);
  near(sin, [0, 0, Math.sin(1), Math.sin(0.5), Math.sin(2), Math.sin(1)], 1e-7);
  assert.instance(cos, Float32Array);
});

test.run();

import { test } from "uvu";
import * as assert from "uvu/assert";
import { OptionError, ShapeError } from "../../src/errors.js";
import { type Estimate, ratioEffect } from "../../src/neurons/causal-effect.js";
import { seeded } from "../../src/random.js";

const near = (got: number | undefined, expected: number, tolerance = 1e-12) =>
  assert.ok(got !== undefined && Math.abs(got - expected) <= tolerance, `${got}, expected ${expected}`);
/** Metrics of 40 prompts around a mean that they hit exactly. */
const around = (mean: number, spread: number) => Array.from({ length: 40 }, (_, i) => mean + spread * ((i % 5) - 2));

test("the paper's table 1 follows from its cost scores", () => {
  const effect = ratioEffect({ first: around(-2.4, 1), second: around(-11.8, 1), patched: around(-11.9, 1) });
  near(effect.effect?.value, 9.5 / 9.4, 1e-9);
  assert.is(effect.effect?.value.toFixed(2), "1.01");
  near(effect.gap.value, -9.4, 1e-9);
  assert.not(effect.noGap);
});

test("it is a ratio of means, not a mean of ratios", () => {
  // Means 1, 4 and 2.5: 1.5 of 3. The prompts' own ratios are 1, 0 and 0.
  const { effect, first, second, patched } = ratioEffect({ first: [0, 1, 2], second: [4.5, 3, 4.5], patched: [4.5, 1, 2] });
  assert.equal([first.value, second.value, patched.value], [1, 4, 2.5]);
  assert.is(effect?.value, 0.5);
});

test("no effect is 0, and patching that makes it worse is negative", () => {
  const [first, second] = [around(2, 0.1), around(-2, 0.1)];
  assert.is(ratioEffect({ first, second, patched: first }).effect?.value, 0);
  near(ratioEffect({ first, second, patched: around(3, 0.1) }).effect?.value, -0.25, 1e-9);
});

test("prompts are drawn jointly: an effect that is the same for every prompt has no spread", () => {
  const random = seeded(3);
  const first = Array.from({ length: 30 }, () => 10 * random.normal());
  const second = first.map((cost) => cost - 4 - random.uniform());
  const patched = first.map((cost, i) => cost + 0.6 * (second[i]! - cost));
  const { effect, gap } = ratioEffect({ first, second, patched });
  for (const value of [effect?.value, effect?.low, effect?.high]) near(value, 0.6, 1e-9);
  assert.ok(gap.high - gap.low < 0.3, "differences of paired prompts vary by one at most");
  assert.ok(gap.low < gap.value && gap.value < gap.high);
});

test("the gap's interval agrees with the normal approximation where that holds", () => {
  const random = seeded(21);
  const first = Array.from({ length: 400 }, () => random.normal());
  const second = first.map((value) => value + 1 + 0.5 * random.normal());
  const { gap } = ratioEffect({ first, second, patched: second }, { draws: 4000 });
  const differences = second.map((value, i) => value - first[i]!);
  const error = Math.sqrt(differences.reduce((sum, d) => sum + (d - gap.value) ** 2, 0) / 400 / 400);
  near(gap.low, gap.value - 1.96 * error, 0.1 * error);
  near(gap.high, gap.value + 1.96 * error, 0.1 * error);
});

test("two prompts give the interval of their three possible means", () => {
  // Draws: both first prompt (1 in 4), one of each (2 in 4), both second (1 in 4).
  const { gap } = ratioEffect({ first: [0, 0], second: [1, 3], patched: [0, 0] });
  assert.equal([gap.low, gap.value, gap.high], [1, 2, 3]);
});

test("where the models do not differ there is no effect but a sentence that says so", () => {
  const random = seeded(4);
  const draw = () => Array.from({ length: 50 }, () => random.normal());
  const effect = ratioEffect({ first: draw(), second: draw(), patched: draw() });
  assert.is(effect.effect, undefined);
  assert.ok(effect.noGap);
  assert.match(effect.summary, /^No gap to explain: the models differ by .* \(95 % CI -.* to 0\..*\), which includes 0/);
  assert.equal(effect.table().array("quantity"), ["first", "second", "patched", "gap"]);
  const same = ratioEffect({ first: [1, 2], second: [1, 2], patched: [5, 5] });
  assert.ok(same.noGap && same.gap.value === 0);
});

test("the summary says what was found in plain words", () => {
  const effect = ratioEffect({ first: [0, 0], second: [4, 4], patched: [3, 3] }, { level: 0.9 });
  assert.is(
    String(effect),
    "The patched neurons explain 0.75 (90 % CI 0.75 to 0.75) of the gap between the models (means over 2 prompts: first 0, second 4, patched 3).",
  );
  assert.equal(effect.table().objects().at(-1), { quantity: "effect", value: 0.75, low: 0.75, high: 0.75 });
});

test("the same seed gives the same interval, and a wider level a wider one", () => {
  const metrics = { first: around(0, 1), second: around(3, 0.2), patched: around(2, 2) };
  const width = ({ low, high }: Estimate) => high - low;
  assert.equal(ratioEffect(metrics, { seed: 5 }), ratioEffect(metrics, { seed: 5 }));
  assert.not.equal(ratioEffect(metrics, { seed: 5 }), ratioEffect(metrics, { seed: 6 }));
  assert.ok(width(ratioEffect(metrics, { level: 0.99 }).first) > width(ratioEffect(metrics, { level: 0.5 }).first));
});

test("metrics that are not finite, missing prompts and wrong options are refused by name", () => {
  const refused = (call: () => unknown, reason: RegExp) =>
    assert.throws(call, (error: unknown) => error instanceof OptionError && reason.test(error.message));
  refused(() => ratioEffect({ first: [0, 1], second: [1, Number.NaN], patched: [0, 0] }), /second\[1\]: expected a finite metric/);
  refused(() => ratioEffect({ first: [0], second: [1], patched: [0] }), /at least 2/);
  const metrics = { first: [0, 0], second: [1, 1], patched: [0, 0] };
  for (const level of [0, 1, Number.NaN]) refused(() => ratioEffect(metrics, { level }), /level/);
  for (const draws of [0, 1.5, 1e9]) refused(() => ratioEffect(metrics, { draws }), /draws/);
  refused(() => ratioEffect(metrics, { seed: -1 }), /seed/);
  assert.throws(
    () => ratioEffect({ ...metrics, patched: [0] }),
    (error: unknown) => error instanceof ShapeError,
  );
});

test.run();

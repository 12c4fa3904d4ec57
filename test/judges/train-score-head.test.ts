import fs from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { Engine } from "../../src/engine/engine.js";
import { OptionError } from "../../src/errors.js";
import { HeadFit } from "../../src/judges/fit-head.js";
import { measureScores, type ScoreHeadOptions, trainScoreHead } from "../../src/judges/train-score-head.js";
import { seeded } from "../../src/random.js";
import { near } from "../support/expected.js";
import { tempFolder } from "../support/temp.js";
import { loadTiny, randomPrompts } from "../support/tiny.js";

const engine = new Engine({ threads: 2, provider: "cpu" });
const prompts = randomPrompts(1, 480, 2, 4);
/** Answers are good by how many of their tokens, 0 to 7, are below 3. */
const answers = randomPrompts(2, 480, 4, 8, 8);
const share = (ids: readonly number[]) => ids.filter((id) => id < 3).length / ids.length;
const binary = prompts.map((prompt, i) => ({ prompt, answer: answers[i]!, label: share(answers[i]!) > 0.37 }));
const options: ScoreHeadOptions = { form: "plain", readings: [{ layer: 2, pool: "mean" }] };
const load = () => loadTiny(engine, "gqa", "ia3-a");

test("labels are learned from frozen hidden states; what was held out is measured", async () => {
  const made = await trainScoreHead(await load(), binary, options);
  assert.ok(made.heldOut.kind === "binary" && made.fitted.kind === "binary");
  assert.is(made.heldOut.count + made.fitted.count, 480);
  assert.ok(made.heldOut.count >= 96 && made.heldOut.count < 104);
  assert.ok(made.heldOut.auc.value > 0.8, `AUC ${made.heldOut.auc.value}`);
  assert.ok(made.heldOut.auc.low < made.heldOut.auc.value && made.heldOut.auc.high >= made.heldOut.auc.value);
  const fresh = randomPrompts(3, 60, 4, 8, 8).map((answer) => ({ prompt: [9, 9], answer, label: share(answer) > 0.37 }));
  const measured = await measureScores(made.scores, fresh, { group: (_, i) => i });
  assert.ok(measured.kind === "binary" && measured.auc.value > 0.75, JSON.stringify(measured));
});

test("numbers and pairs are learned too", async () => {
  const real = binary.map((example, i) => ({ ...example, label: 3 * share(answers[i]!) - 1 }));
  const number = await trainScoreHead(await load(), real, options);
  assert.ok(number.heldOut.kind === "real" && number.heldOut.pearson.value > 0.6, JSON.stringify(number.heldOut));
  const pairs = prompts.slice(0, 440).flatMap((prompt, i) => {
    const [a, b] = [answers[i]!, answers[i + 40]!];
    return share(a) === share(b) ? [] : [{ prompt, chosen: share(a) > share(b) ? a : b, rejected: share(a) > share(b) ? b : a }];
  });
  const reward = await trainScoreHead(await load(), pairs, { ...options, label: "reward" });
  assert.ok(reward.heldOut.kind === "pairs" && reward.heldOut.accuracy.value > 0.7, JSON.stringify(reward.heldOut));
  assert.equal(reward.scores.head.labels, ["reward"]);
});

test("the reading with the lowest held-out loss is taken, and all that was tried is told", async () => {
  const readings = [1, 2].flatMap((layer) => [{ layer, pool: "last" } as const, { layer, pool: "mean" } as const]);
  const made = await trainScoreHead(await load(), binary, { ...options, readings, penalties: [0.01, 1] });
  assert.is(made.tried.length, 8);
  const lowest = made.tried.reduce((a, b) => (b.loss < a.loss ? b : a));
  assert.equal([made.reading, made.penalty], [lowest.reading, lowest.penalty]);
  assert.is(made.reading.pool, "mean");
  const searched = await trainScoreHead(await load(), binary, { ...options, readings, penalties: [0.01, 1], search: 150 });
  assert.is(searched.tried.length, 10);
  assert.is(searched.heldOut.count + searched.fitted.count, 480);
});

test("examples of one prompt fall into one part", async () => {
  const few = binary.map((example, i) => ({ ...example, prompt: [i % 10] }));
  const { heldOut } = await trainScoreHead(await load(), few, options);
  assert.is(heldOut.count, 96);
  const error = await trainScoreHead(
    await load(),
    binary.map((example) => ({ ...example, prompt: [1] })),
    options,
  ).catch((error: unknown) => error);
  assert.ok(error instanceof OptionError && error.option === "examples", String(error));
});

test("the same call gives the same bytes, from kept hidden states as well", async () => {
  const folder = tempFolder();
  const run = async (more: ScoreHeadOptions) => (await trainScoreHead(await load(), binary, { ...options, ...more })).scores.origin.head;
  const whole = await run({});
  assert.is(await run({}), whole);
  const stop = new AbortController();
  const onProgress = ({ done }: { done: number }) => {
    if (done > 0) stop.abort(new Error("killed"));
  };
  await run({ folder, batch: 10, signal: stop.signal, onProgress }).then(
    () => assert.unreachable("finished"),
    (error: Error) => assert.is(error.message, "killed"),
  );
  const kept = await run({ folder });
  const written = () => fs.readdirSync(folder).map((file) => [file, fs.statSync(`${folder}/${file}`).mtimeMs]);
  const before = written();
  assert.is(before.length, 2);
  assert.is(await run({ folder }), kept);
  assert.equal(written(), before);
});

test("a logistic fit has no gradient left, whatever the size and place of a feature", () => {
  const random = seeded(4);
  const [count, size, penalty] = [200, 5, 0.03];
  const features = Float32Array.from({ length: count * size }, (_, i) => 10 ** (i % size) * random.normal() + 100);
  const examples = Array.from({ length: count }, (_, row) => ({
    rows: [row],
    target: features[row * size]! + 3 * random.normal() > 100 ? 1 : 0,
  }));
  const { weight, bias } = new HeadFit({ target: "binary", features, size, examples }).solve(penalty);
  const mean = (j: number) => examples.reduce((sum, _, row) => sum + features[row * size + j]!, 0) / count;
  for (let j = 0; j < size; j++) {
    const deviation = Math.sqrt(examples.reduce((sum, _, row) => sum + (features[row * size + j]! - mean(j)) ** 2, 0) / count);
    let gradient = penalty * weight[j]! * deviation;
    for (const { rows, target } of examples) {
      const z = bias + weight.reduce((sum, w, k) => sum + w * features[rows[0]! * size + k]!, 0);
      gradient += ((1 / (1 + Math.exp(-z)) - target) * (features[rows[0]! * size + j]! - mean(j))) / deviation / count;
    }
    assert.ok(Math.abs(gradient) < 1e-4, `feature ${j}: ${gradient}`);
  }
});

test("a ridge fit is the closed form", () => {
  // one feature with mean 2 and deviation sqrt(2/3), targets 0, 3, 3: the standardised slope is covariance / (1 + penalty / 2)
  const features = Float32Array.of(1, 2, 3);
  const examples = [0, 3, 3].map((target, row) => ({ rows: [row], target }));
  const { weight, bias } = new HeadFit({ target: "real", features, size: 1, examples }).solve(0.5);
  const deviation = Math.sqrt(2 / 3);
  const slope = 1 / deviation / (1 + 0.25);
  near([weight[0]!, bias], [slope / deviation, 2 - (2 * slope) / deviation], 1e-4, "slope and bias");
});

test("labels, shares and penalties that make no sense are refused by name", async () => {
  const model = await load();
  const refused = async (option: string, run: Promise<unknown>) => {
    const error = await run.then(
      () => undefined,
      (error: Error) => error,
    );
    assert.ok(error instanceof OptionError && error.option === option, `${option}: ${error}`);
  };
  await refused("examples", trainScoreHead(model, [], options));
  await refused("examples", trainScoreHead(model, [binary[0]!, { ...binary[1]!, label: 2 }], options));
  await refused("examples[1].label", trainScoreHead(model, [binary[0]!, { ...binary[1]!, label: Number.NaN }], options));
  await refused("heldOut", trainScoreHead(model, binary, { ...options, heldOut: 1 }));
  await refused("penalties", trainScoreHead(model, binary, { ...options, penalties: [0] }));
  await refused("layer", trainScoreHead(model, binary, { ...options, readings: [{ layer: 3, pool: "last" }] }));
});

test.after(() => engine.dispose());
test.run();

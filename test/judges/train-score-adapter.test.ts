import fs from "node:fs";
import path from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { Engine } from "../../src/engine/engine.js";
import { OptionError } from "../../src/errors.js";
import { saveScoreModel } from "../../src/judges/score-model-file.js";
import { type ScoreAdapterOptions, trainScoreAdapter } from "../../src/judges/train-score-adapter.js";
import { measureScores, trainScoreHead } from "../../src/judges/train-score-head.js";
import type { TrainingProgress } from "../../src/training/training.js";
import { tempFolder } from "../support/temp.js";
import { loadTiny, randomPrompts } from "../support/tiny.js";

const engine = new Engine({ threads: 2, provider: "cpu" });
const prompts = randomPrompts(1, 120, 2, 4);
/** True where the answer's first token is odd: hard for a linear head on random hidden states. */
const examples = prompts.map((prompt, i) => {
  const answer = [randomPrompts(7 + i, 1, 1, 1)[0]![0]!, 5, 6];
  return { prompt, answer, label: answer[0]! % 2 === 1 };
});
const options: ScoreAdapterOptions = {
  learningRate: 0.03,
  weightDecay: 0,
  batch: 24,
  epochs: 20,
  modules: ["k_proj", "v_proj", "down_proj"],
};
const start = async () =>
  (await trainScoreHead(await loadTiny(engine, "gqa", "ia3-a"), examples, { form: "plain", penalties: [0.3] })).scores;

test("head and scales learn together what the head alone does worse, and the result scores so", async () => {
  const head = await start();
  const made = await trainScoreAdapter(head, examples, options);
  assert.ok(made.losses.at(-1)! < 0.7 * made.losses[0]!, `from ${made.losses[0]} to ${made.losses.at(-1)}`);
  assert.is(made.adapter.scales.length, 6);
  assert.is(made.scores.model.adapters.length, 2);
  assert.ok(made.heldOut.kind === "binary" && made.heldOut.count >= 24);
  assert.ok(made.history.every(({ accuracy }) => accuracy! >= 0 && accuracy! <= 1));
  const [before, after] = [await measureScores(head, examples), await measureScores(made.scores, examples)];
  assert.ok(before.kind === "binary" && after.kind === "binary" && after.accuracy.value > before.accuracy.value);
});

test("stopped and resumed it gives the same bytes as undisturbed", async () => {
  const head = await start();
  const bytes = async (more: ScoreAdapterOptions) => {
    const { scores, losses } = await trainScoreAdapter(head, examples, { ...options, epochs: 2, ...more });
    const folder = tempFolder();
    saveScoreModel(folder, scores);
    return JSON.stringify([fs.readFileSync(path.join(folder, "score_head.safetensors"), "base64"), scores.origin, [...losses]]);
  };
  const whole = await bytes({});
  const checkpoint = { folder: tempFolder(), every: 2 };
  const stop = new AbortController();
  const onProgress = ({ done }: TrainingProgress) => {
    if (done === 5) stop.abort(new Error("killed"));
  };
  await bytes({ checkpoint, signal: stop.signal, onProgress }).then(
    () => assert.unreachable("finished"),
    (error: Error) => assert.is(error.message, "killed"),
  );
  assert.is(await bytes({ checkpoint }), whole);
});

test("evaluations get a score model; a head that is read elsewhere is refused", async () => {
  const head = await start();
  const { evaluations } = await trainScoreAdapter(head, examples, {
    ...options,
    steps: 2,
    evaluate: { every: 1, run: async ({ scores }) => (await scores.score([[1, 2]], [[3]])).length },
  });
  assert.equal(evaluations, [
    { step: 1, value: 1 },
    { step: 2, value: 1 },
  ]);
  const readings = [{ layer: 1, pool: "last" }] as const;
  const early = (await trainScoreHead(await loadTiny(engine, "gqa"), examples, { form: "plain", readings })).scores;
  await trainScoreAdapter(early, examples, options).then(
    () => assert.unreachable("trained"),
    (error: Error) => assert.ok(error instanceof OptionError && error.option === "start", String(error)),
  );
});

test.after(() => engine.dispose());
test.run();

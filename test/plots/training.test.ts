import { test } from "uvu";
import * as assert from "uvu/assert";
import { Engine } from "../../src/engine/engine.js";
import { OptionError } from "../../src/errors.js";
import { figure } from "../../src/index.js";
import { trainDpo } from "../../src/training/dpo.js";
import type { TrainingProgress } from "../../src/training/training.js";
import { loadTiny } from "../support/tiny.js";

const engine = new Engine({ threads: 1, provider: "cpu" });
test.after(() => engine.dispose());

const steps = (count: number, loss: (i: number) => number) =>
  Array.from({ length: count }, (_, i) => ({ loss: loss(i), learningRate: 1e-3, gradientNorm: 1 }));

test("a real training: its record, its progress and its measures on held-out pairs", async () => {
  const model = await loadTiny(engine, "gqa");
  const progress: TrainingProgress[] = [];
  const record = await trainDpo(model, [{ prompt: [3, 19], chosen: [23, 39], rejected: [28, 57] }], {
    steps: 4,
    onProgress: (one) => progress.push(one),
    evaluate: { every: 2, run: () => ({ loss: 0.6, accuracy: 0.75 }) },
  });
  const drawn = figure.training(record);
  const trained = drawn.data.filter(({ name }) => name === "training");
  assert.equal(
    trained.map(({ yaxis }) => yaxis),
    ["y", "y2", "y3"],
  );
  assert.equal(trained[0]!.x, [1, 2, 3, 4]);
  assert.equal(
    (trained[0]!.y as number[]).map((loss) => loss.toFixed(3)),
    record.history.map(({ loss }) => loss.toFixed(3)),
  );
  const heldOut = drawn.data.filter(({ name }) => name === "held out");
  assert.equal(
    heldOut.map(({ x, y, yaxis }) => [x, y, yaxis]),
    [
      [[2, 4], [0.6, 0.6], "y"],
      [[2, 4], [0.75, 0.75], "y2"],
    ],
  );
  assert.equal(figure.training(progress.slice(2)).data[0]!.x, [3, 4]);
});

test("long trainings are shown by means that add up to the whole", () => {
  const { data, layout } = figure.training(steps(1000, (i) => i));
  const { x, y } = data[0] as unknown as { x: number[]; y: number[] };
  assert.is(x.length, 200);
  assert.is(x.at(-1), 1000);
  assert.is(y.reduce((a, b) => a + b, 0) / y.length, 499.5);
  assert.match((layout.xaxis as { title: { text: string } }).title.text, /means of about 5/);
});

test("several trainings by name; a bare number of an evaluation is a loss", () => {
  const drawn = figure.training({ b: steps(3, () => 1), a: { history: steps(3, () => 2), evaluations: [{ step: 3, value: 1.5 }] } });
  assert.equal(
    drawn.data.map(({ name }) => name),
    ["b", "a", "a, held out"],
  );
  assert.match(String(drawn), /held-out loss +1\.5/);
});

test("refuses what no training gives", () => {
  for (const wrong of [[], {}, 3, [{ step: 1 }], { a: [] }])
    assert.throws(
      () => figure.training(wrong as never),
      (error: unknown) => error instanceof OptionError,
    );
});

test.run();

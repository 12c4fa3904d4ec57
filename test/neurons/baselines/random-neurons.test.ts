import { test } from "uvu";
import * as assert from "uvu/assert";
import { OptionError } from "../../../src/errors.js";
import { randomNeurons } from "../../../src/neurons/baselines/random-neurons.js";

const shape = { model: "tiny", layers: 4, neurons: 10 };

test("neurons of the whole model, or of one layer, the same for the same seed", () => {
  const anywhere = randomNeurons(shape, 20, { seed: 3 });
  assert.is(anywhere.count, 20);
  assert.equal([...anywhere], [...randomNeurons(shape, 20, { seed: 3 })]);
  assert.not.equal([...anywhere], [...randomNeurons(shape, 20, { seed: 4 })]);
  const last = randomNeurons(shape, 10, { seed: 0, layer: -1 });
  assert.equal([...last.perLayer()], [0, 0, 0, 10]);
  assert.equal([...randomNeurons(shape, 3, { seed: 0, layer: 1 }).perLayer()], [0, 3, 0, 0]);
});

test("every neuron is equally likely", () => {
  const counts = new Float64Array(40);
  for (let seed = 0; seed < 2000; seed++) for (const [layer, index] of randomNeurons(shape, 4, { seed })) counts[layer * 10 + index]! += 1;
  // 200 expected each, standard deviation 13.4
  assert.ok(
    counts.every((count) => Math.abs(count - 200) < 5 * 13.4),
    String(counts),
  );
});

test("more neurons than there are, and layers that are not there, are refused", () => {
  for (const call of [
    () => randomNeurons(shape, 41, { seed: 0 }),
    () => randomNeurons(shape, 11, { seed: 0, layer: -1 }),
    () => randomNeurons(shape, 1, { seed: 0, layer: 4 }),
    () => randomNeurons(shape, 1.5, { seed: 0 }),
  ])
    assert.throws(call, (error: unknown) => error instanceof OptionError);
});

test.run();

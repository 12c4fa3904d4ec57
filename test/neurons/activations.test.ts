import { test } from "uvu";
import * as assert from "uvu/assert";
import { OptionError, ShapeError } from "../../src/errors.js";
import { Activations } from "../../src/neurons/activations.js";
import { tensorflow } from "../../src/neurons/tensorflow.js";

const rows = [
  { prompt: 0, position: 4, token: 17 },
  { prompt: 1, position: 2, token: 9 },
];
const post = new Activations({
  site: "blocks.3.mlp.hook_post",
  shape: [2, 3],
  data: Float32Array.of(0.5, -1, 2, 4, 8, 16),
  axes: ["position", "neuron"],
  rows,
});
const z = new Activations({
  site: "blocks.0.attn.hook_z",
  shape: [2, 2, 2],
  data: Float32Array.of(0, 1, 2, 3, 4, 5, 6, 7),
  axes: ["position", "head", "dim"],
  rows,
});
const throwsKind = (call: () => unknown, kind: typeof ShapeError | typeof OptionError) =>
  assert.throws(call, (error: unknown) => error instanceof kind);
const rejectsKind = async (promise: Promise<unknown>, kind: typeof ShapeError) =>
  promise.then(
    () => assert.unreachable(),
    (error: unknown) => assert.instance(error, kind),
  );

test("a row is a view of one position's activations", () => {
  assert.equal(post.row(1), Float32Array.of(4, 8, 16));
  assert.is(post.row(1).buffer, post.data.buffer);
  assert.is(z.units, 4);
  assert.equal(z.row(1), Float32Array.of(4, 5, 6, 7));
  for (const i of [-1, 2, 0.5]) throwsKind(() => post.row(i), OptionError);
});

test("the long table has a row for each number, with its index along each axis", () => {
  assert.equal(post.table().objects().slice(2, 4), [
    { prompt: 0, position: 4, token: 17, unit: 2, value: 2 },
    { prompt: 1, position: 2, token: 9, unit: 0, value: 4 },
  ]);
  assert.is(post.table().numRows(), 6);
  assert.equal(z.table().objects()[6], { prompt: 1, position: 2, token: 9, unit: 2, head: 1, dim: 0, value: 6 });
});

test("the wide table has a row for each position and a column for each unit asked for", () => {
  assert.equal(post.table({ units: [2, 0] }).objects(), [
    { prompt: 0, position: 4, token: 17, unit_2: 2, unit_0: 0.5 },
    { prompt: 1, position: 2, token: 9, unit_2: 16, unit_0: 4 },
  ]);
  throwsKind(() => post.table({ units: [3] }), OptionError);
});

test("activations become a tensor and come back, and neither shares memory with the other", async () => {
  const { tf } = await tensorflow();
  const before = tf.memory().numTensors;
  for (const one of [post, z]) {
    const tensor = await one.tensor();
    assert.equal([tensor.shape, tensor.dtype], [[...one.shape], "float32"]);
    const doubled = tensor.mul(2);
    const back = await Activations.fromTensor(doubled, one);
    assert.equal(
      back.data,
      one.data.map((value) => 2 * value),
    );
    assert.equal([back.site, back.axes, back.rows, back.shape], [one.site, one.axes, one.rows, one.shape]);
    assert.equal((await Activations.fromTensor(tensor, one)).data, one.data);
    tensor.dispose();
    doubled.dispose();
  }
  assert.is(tf.memory().numTensors, before);
});

test("tensors of other types are converted, of other shapes refused", async () => {
  const { tf } = await tensorflow();
  const whole = tf.tensor2d(
    [
      [1, 2, 3],
      [4, 5, 6],
    ],
    undefined,
    "int32",
  );
  assert.equal((await Activations.fromTensor(whole, post)).data, Float32Array.of(1, 2, 3, 4, 5, 6));
  await rejectsKind(Activations.fromTensor(whole.reshape([3, 2]), post), ShapeError);
});

test("an empty capture has a shape, a table and a tensor", async () => {
  const none = new Activations({ site: "s", shape: [0, 3], data: new Float32Array(), axes: ["position", "neuron"], rows: [] });
  assert.is(none.table().numRows(), 0);
  assert.is(none.table({ units: [1] }).numRows(), 0);
  const tensor = await none.tensor();
  assert.equal(tensor.shape, [0, 3]);
  assert.is((await Activations.fromTensor(tensor, none)).data.length, 0);
});

test("printing shows the shape and a few numbers however large the capture is", () => {
  assert.is(
    String(post),
    "Activations blocks.3.mlp.hook_post: float32 (2, 3) [position, neuron]\n" +
      "  prompt 0, position 4, token 17: 0.500 -1.00 2.00\n  prompt 1, position 2, token 9: 4.00 8.00 16.0",
  );
  const many = Array.from({ length: 500 }, (_, position) => ({ prompt: 0, position, token: 1 }));
  const large = new Activations({ site: "s", shape: [500, 40], data: new Float32Array(20_000), axes: ["position", "neuron"], rows: many });
  assert.match(String(large), /… 496 more rows$/);
  assert.ok(String(large).length < 600);
});

test("parts that do not go together are refused", () => {
  for (const wrong of [{ shape: [2, 4] }, { shape: [3, 2] }, { axes: ["position"] }, { rows: [] }, { shape: [], axes: [] }])
    throwsKind(() => new Activations({ ...post, ...wrong }), ShapeError);
});

test.run();

import * as ort from "onnxruntime-node";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { refuseAliases, runSession } from "../../src/engine/run-session.js";
import { EngineError } from "../../src/errors.js";
import { add, compile, input } from "../../src/graph/index.js";

const tensor = (data: Float32Array): ort.Tensor => new ort.Tensor("float32", data, [data.length]);

test("an output that lies over an input, wholly or in part, is refused by name", async () => {
  const memory = new Float32Array(8);
  const session = await ort.InferenceSession.create(compile({ y: add(input("x", "float32", ["n"]), 1) }).bytes);
  for (const over of [memory.subarray(0, 4), memory.subarray(3, 7)])
    await runSession(session, { x: tensor(memory.subarray(0, 4)) }, { y: tensor(over) }).then(
      () => assert.unreachable("accepted"),
      (error: Error) => assert.ok(error instanceof EngineError && /output y .* input x/.test(error.message), String(error)),
    );
  await session.release();
});

test("neighbours in one buffer and outputs made anew are fine", async () => {
  const memory = new Float32Array(8);
  refuseAliases({ x: tensor(memory.subarray(0, 4)) }, { y: tensor(memory.subarray(4)), z: null });
  const session = await ort.InferenceSession.create(compile({ y: add(input("x", "float32", ["n"]), 1) }).bytes);
  const { y } = await runSession(session, { x: tensor(memory) }, { y: null });
  assert.is((y!.data as Float32Array)[7], 1);
  await session.release();
});

test.run();

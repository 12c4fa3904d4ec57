import { test } from "uvu";
import * as assert from "uvu/assert";
import { freeArray } from "../../src/engine/free-array.js";

test("frees the whole buffer of a view, once; a shared buffer stays", () => {
  const whole = new Float32Array(8).fill(1);
  const part = whole.subarray(2, 4);
  freeArray(part);
  assert.is(whole.length, 0);
  assert.is(part.byteLength, 0);
  freeArray(part);
  const shared = new Float32Array(new SharedArrayBuffer(8));
  freeArray(shared);
  assert.is(shared.length, 2);
});

test("the memory is given back before the collector runs", () => {
  const before = process.memoryUsage().arrayBuffers;
  const array = new Uint8Array(64 * 2 ** 20).fill(1);
  assert.ok(process.memoryUsage().arrayBuffers >= before + array.length);
  freeArray(array);
  assert.ok(process.memoryUsage().arrayBuffers < before + 2 ** 20);
});

test.run();

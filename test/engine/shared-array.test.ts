import { test } from "uvu";
import * as assert from "uvu/assert";
import { shared, unshared } from "../../src/engine/shared-array.js";

test("a shared copy holds the numbers apart from the array, and comes back as an array of its own", () => {
  const values = Float32Array.of(1, 2, 3);
  const copy = shared(values);
  assert.instance(copy.buffer, SharedArrayBuffer);
  values[0] = 9;
  assert.equal([...copy], [1, 2, 3]);
  const own = unshared(copy);
  assert.instance(own.buffer, ArrayBuffer);
  copy[1] = 9;
  assert.equal([...own], [1, 2, 3]);
  assert.is(unshared(values), values);
});

test.run();

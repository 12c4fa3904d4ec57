import { test } from "uvu";
import * as assert from "uvu/assert";
import { Origins } from "../../kernel/session/origins.js";
import { publishOrigin } from "../../src/engine/origin-channel.js";

test("models and calls come once each, in order, and only with the next output", () => {
  const origins = new Origins();
  assert.equal(origins.take(), {});
  for (const digest of ["a", "b", "a"]) publishOrigin({ model: { digest } });
  publishOrigin({ run: { threads: 2 } });
  assert.equal(origins.take(), { neuronbook: { models: [{ digest: "a" }, { digest: "b" }], runs: [{ threads: 2 }] } });
  assert.equal(origins.take(), {});
});

test("where something lies on the disk is not kept", () => {
  const origins = new Origins();
  publishOrigin({ model: { model: "/home/somebody/models/base", name: "org/model", adapters: [{ name: "/x" }] } });
  const { models } = origins.take().neuronbook as { models: unknown[] };
  assert.equal(models, [{ model: "…/models/base", name: "org/model", adapters: [{ name: "…/x" }] }]);
});

test("of a loop over many calls the first hundred are kept and the others counted", () => {
  const origins = new Origins();
  for (let seed = 0; seed < 130; seed++) publishOrigin({ run: { seed } });
  const { runs, more } = origins.take().neuronbook as { runs: unknown[]; more: number };
  assert.equal([runs.length, more], [100, 30]);
  publishOrigin({ run: { seed: 1 } });
  assert.equal(origins.take(), { neuronbook: { models: [], runs: [{ seed: 1 }] } });
});

test.run();

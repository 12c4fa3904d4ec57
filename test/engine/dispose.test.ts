import { test } from "uvu";
import * as assert from "uvu/assert";
import { Engine } from "../../src/engine/engine.js";
import { generate } from "../../src/engine/generate.js";
import { loadModel } from "../../src/engine/model.js";
import { DisposedError } from "../../src/errors.js";
import { fixture } from "../support/paths.js";

test("an engine that is disposed of while it writes ends its call with DisposedError, and dispose() ends", async () => {
  const engine = new Engine({ threads: 1 });
  const model = await loadModel(fixture("tiny", "gqa"), { engine });
  const prompts = Array.from({ length: 300 }, (_, i) => [i % 64, 1, 2]);
  let ended: Promise<void> | undefined;
  const onToken = () => {
    ended ??= engine.dispose();
  };
  const call = await generate(model, prompts, { newTokens: 250, onToken }).catch((error) => error);
  assert.instance(call, DisposedError);
  await ended;
  const error = await generate(model, prompts, { newTokens: 1 }).catch((error) => error);
  assert.instance(error, DisposedError);
});

test("an engine that was never used can be disposed of, twice too", async () => {
  const engine = new Engine();
  await engine.dispose();
  await engine.dispose();
  assert.is(engine.sessionCount, 0);
});

test.run();

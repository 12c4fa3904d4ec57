import fs from "node:fs";
import path from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { Engine } from "../../../src/engine/engine.js";
import { loadModel } from "../../../src/engine/model.js";
import { writeUntrained } from "../../../src/lab/organism/architecture.js";
import { vocabulary } from "../../../src/organism/index.js";
import { readFloat32 } from "../../../src/weights/safetensors.js";
import { tempFolder } from "../../support/temp.js";

const engine = new Engine({ threads: 1, provider: "cpu" });

test("untrained weights are a checkpoint of the organism's shape with a row a word", async () => {
  const folder = tempFolder();
  writeUntrained(folder, 3);
  const { config, checkpoint } = await loadModel(folder, { engine });
  assert.equal([config.layers, config.neurons, config.hidden, config.maxPositions], [8, 512, 128, 128]);
  assert.is(config.vocabulary, vocabulary().length);
  assert.equal(config.stopTokens, [2]);
  const deviation = (name: string) => {
    const values = readFloat32(checkpoint.tensors.get(name)!);
    return Math.sqrt(values.reduce((sum, value) => sum + value * value, 0) / values.length);
  };
  assert.ok(Math.abs(deviation("model.layers.2.mlp.up_proj.weight") - 0.05) < 0.002);
  assert.ok(Math.abs(deviation("model.layers.2.mlp.down_proj.weight") - 0.0125) < 0.0006);
  assert.is(deviation("model.norm.weight"), 1);
});

test("untrained weights are the same for the same seed alone", () => {
  const bytes = (seed: number) => {
    const folder = tempFolder();
    writeUntrained(folder, seed);
    return fs.readFileSync(path.join(folder, "model.safetensors")).toString("base64");
  };
  assert.is(bytes(5), bytes(5));
  assert.is.not(bytes(5), bytes(6));
});

test.after(() => engine.dispose());
test.run();

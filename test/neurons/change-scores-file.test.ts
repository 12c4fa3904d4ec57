import fs from "node:fs";
import path from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { FileFormatError, NotFoundError } from "../../src/errors.js";
import { ChangeScores, type ChangeScoresFields } from "../../src/neurons/change-scores.js";
import { seeded } from "../../src/random.js";
import { readSafetensorsHeader, type TensorToWrite, writeSafetensors } from "../../src/weights/safetensors.js";
import { tempFolder } from "../support/temp.js";

const random = seeded(12);
const draw = () => Float32Array.from({ length: 60 }, () => random.uniform());
const fields: ChangeScoresFields = {
  model: "org/tiny",
  layers: 5,
  neurons: 12,
  positions: "predicting",
  count: 40_123,
  values: draw(),
  first: { mean: draw(), std: draw() },
  second: { mean: draw(), std: draw() },
  valueNorms: draw(),
  excludeLastLayers: 1,
  origin: { first: ["sft"], options: { limit: 200 }, note: "ä" },
};

test("saved scores load with every number and name", () => {
  const folder = tempFolder();
  const file = path.join(folder, "s.safetensors");
  new ChangeScores(fields).save(file);
  assert.equal({ ...ChangeScores.load(file) }, fields);
  assert.equal([...ChangeScores.load(file).top(0.1)], [...new ChangeScores(fields).top(0.1)]);
  new ChangeScores({ ...fields, valueNorms: undefined }).save(file);
  assert.is(ChangeScores.load(file).valueNorms, undefined);
});

test("the file holds change_score and the statistics as [layers, neurons] float32", () => {
  const folder = tempFolder();
  const file = path.join(folder, "s.safetensors");
  new ChangeScores(fields).save(file);
  const { tensors, metadata } = readSafetensorsHeader(file);
  assert.equal([...tensors.keys()].sort(), ["change_score", "first_mean", "first_std", "second_mean", "second_std", "value_norm"]);
  for (const { dtype, shape } of tensors.values()) assert.equal([dtype, shape], ["F32", [5, 12]]);
  assert.equal([metadata.count, metadata.exclude_last_layers, metadata.positions], ["40123", "1", "predicting"]);
});

const names = ["change_score", "first_mean", "first_std", "second_mean", "second_std"];
const good = () => Object.fromEntries(names.map((name): [string, TensorToWrite] => [name, { dtype: "F32", shape: [5, 12], data: draw() }]));
const metadata = { model: "m", positions: "prompt", count: "3", exclude_last_layers: "0", origin: "{}" };

test("files that are no change scores are file errors that say why", () => {
  const { first_std: _, ...lacking } = good();
  const cases: [tensors: Record<string, TensorToWrite>, metadata: Record<string, string>, reason: RegExp][] = [
    [lacking, metadata, /tensor first_std: is missing/],
    [{}, metadata, /tensor change_score: is no \[layers, neurons\]/],
    [{ ...good(), change_score: { dtype: "F32", shape: [60], data: draw() } }, metadata, /tensor change_score: is no \[layers, neurons\]/],
    [{ ...good(), first_mean: { dtype: "F32", shape: [12, 5], data: draw() } }, metadata, /first_mean: has shape \[12,5\]/],
    [{ ...good(), second_std: { dtype: "F16", shape: [5, 12], data: new Uint16Array(60) } }, metadata, /second_std: has dtype F16/],
    [{ ...good(), first_std: { dtype: "F32", shape: [5, 12], data: draw().fill(Number.NaN) } }, metadata, /first.std of neuron \[0, 0\]/],
    [{ ...good(), change_score: { dtype: "F32", shape: [5, 12], data: draw().fill(-1) } }, metadata, /values of neuron \[0, 0\]/],
    [good(), {}, /lacks model/],
    [good(), { ...metadata, count: "1e3" }, /count as "1e3", no count/],
    [good(), { ...metadata, count: "0" }, /count: expected an integer of at least 1/],
    [good(), { ...metadata, exclude_last_layers: "5" }, /excludeLastLayers: expected an integer in \[0, 5\)/],
    [good(), { ...metadata, origin: "[]" }, /origin/],
    [good(), { ...metadata, origin: "{" }, /origin/],
  ];
  const folder = tempFolder();
  const file = path.join(folder, "s.safetensors");
  writeSafetensors(file, good(), metadata);
  assert.is(ChangeScores.load(file).count, 3);
  for (const [tensors, texts, reason] of cases) {
    writeSafetensors(file, tensors, texts);
    assert.throws(
      () => ChangeScores.load(file),
      (error: unknown) => error instanceof FileFormatError && reason.test(error.message),
      String(reason),
    );
  }
  const empty = { dtype: "F32", shape: [0, 12], data: new Float32Array() } as const;
  writeSafetensors(file, Object.fromEntries(names.map((name) => [name, empty])), metadata);
  assert.throws(() => ChangeScores.load(file), /layers: expected an integer of at least 1/);
  assert.throws(
    () => ChangeScores.load(path.join(folder, "none")),
    (error: unknown) => error instanceof NotFoundError,
  );
});

test("bytes changed in the header give scores or a file error, nothing else", () => {
  const folder = tempFolder();
  const file = path.join(folder, "s.safetensors");
  new ChangeScores(fields).save(file);
  const whole = fs.readFileSync(file);
  const header = 8 + Number(whole.readBigUInt64LE(0));
  let refused = 0;
  for (let round = 0; round < 500; round++) {
    const bytes = Buffer.from(whole);
    bytes[random.integer(header)] = random.integer(256);
    fs.writeFileSync(file, bytes);
    try {
      ChangeScores.load(file);
    } catch (error) {
      assert.instance(error, FileFormatError);
      refused += 1;
    }
  }
  assert.ok(refused > 200);
});

test.run();

import { execFileSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { FileFormatError, NotFoundError } from "../../src/errors.js";
import { NeuronSet } from "../../src/neurons/neuron-set.js";
import { seeded } from "../../src/random.js";
import { tempFolder } from "../support/temp.js";

const shape = { model: "org/tiny", layers: 3, neurons: 50 };

test("a saved set loads with rank order, origin and shortfall", () => {
  const folder = tempFolder();
  const file = path.join(folder, "n.json");
  const one = NeuronSet.fromFlat(shape, seeded(4).sample(150, 60), { origin: { first: ["sft"], seed: 4 }, shortfall: [1] });
  one.save(file);
  const back = NeuronSet.load(file);
  assert.equal([...back], [...one]);
  assert.equal([back.model, back.layers, back.neurons, back.origin, back.shortfall], ["org/tiny", 3, 50, { first: ["sft"], seed: 4 }, [1]]);
  assert.equal(fs.readdirSync(folder), ["n.json"]);
});

test("the file has the fields that scripts of others depend on", () => {
  const folder = tempFolder();
  const file = path.join(folder, "n.json");
  NeuronSet.of(shape, [
    [2, 7],
    [0, 3],
  ]).save(file);
  assert.equal(JSON.parse(fs.readFileSync(file, "utf8")), {
    model: "org/tiny",
    layers: 3,
    neurons: 50,
    set: [
      [2, 7],
      [0, 3],
    ],
  });
  fs.writeFileSync(file, '{"set": [[1, 1]], "neurons": 2, "layers": 2, "model": "m", "later": {"x": 1}}');
  assert.equal([...NeuronSet.load(file)], [[1, 1]]);
});

test("a save that fails leaves no file behind", () => {
  const folder = tempFolder();
  fs.mkdirSync(path.join(folder, "n.json"));
  assert.throws(() => NeuronSet.of(shape, []).save(path.join(folder, "n.json")));
  assert.equal(fs.readdirSync(folder), ["n.json"]);
});

test("damaged and hostile files are file errors that say what is wrong", () => {
  const cases: [text: string | Uint8Array, reason: RegExp][] = [
    ["", /not JSON/],
    ["{", /not JSON/],
    ["[".repeat(200_000), /nested/],
    [Uint8Array.of(0xff, 0xfe, 0x7b), /not valid UTF-8/],
    ["null", /not a JSON object/],
    ["[]", /not a JSON object/],
    ["{}", /model is no string/],
    ['{"model": "m", "layers": 1, "neurons": "4", "set": []}', /layers and neurons/],
    ['{"model": "m", "layers": 1e99, "neurons": 1, "set": []}', /layers and neurons/],
    ['{"model": "m", "layers": 0, "neurons": 4, "set": []}', /layers: expected an integer of at least 1/],
    ['{"model": "m", "layers": 100000, "neurons": 1000000, "set": []}', /layers \* neurons: expected at most/],
    ['{"model": "m", "layers": 1, "neurons": 4, "set": {"length": 1}}', /set is no list/],
    ['{"model": "m", "layers": 1, "neurons": 4, "set": [[0, 1], [0]]}', /set\[1\] is no pair/],
    ['{"model": "m", "layers": 1, "neurons": 4, "set": [[0, -1]]}', /set\[0\] is no pair/],
    ['{"model": "m", "layers": 1, "neurons": 4, "set": [[0, 4]]}', /neuron 0: expected/],
    ['{"model": "m", "layers": 1, "neurons": 4, "set": [[0, 1], [0, 1]]}', /each neuron once/],
    ['{"model": "m", "layers": 1, "neurons": 4, "set": [], "origin": 3}', /origin is no object/],
    ['{"model": "m", "layers": 1, "neurons": 4, "set": [], "shortfall": ["0"]}', /shortfall is no list/],
  ];
  const folder = tempFolder();
  const file = path.join(folder, "n.json");
  for (const [text, reason] of cases) {
    fs.writeFileSync(file, text);
    assert.throws(
      () => NeuronSet.load(file),
      (error: unknown) => error instanceof FileFormatError && error.file === file && reason.test(error.message),
      String(reason),
    );
  }
});

test("bytes flipped anywhere in a file give a set or a file error, nothing else", () => {
  const folder = tempFolder();
  const file = path.join(folder, "n.json");
  NeuronSet.fromFlat(shape, seeded(1).sample(150, 8), { origin: { seed: 1 } }).save(file);
  const whole = fs.readFileSync(file);
  const random = seeded(99);
  let refused = 0;
  for (let round = 0; round < 500; round++) {
    const bytes = Buffer.from(whole);
    bytes[random.integer(bytes.length)] = random.integer(256);
    fs.writeFileSync(file, round % 5 === 0 ? bytes.subarray(0, random.integer(bytes.length)) : bytes);
    try {
      NeuronSet.load(file);
    } catch (error) {
      assert.instance(error, FileFormatError);
      refused += 1;
    }
  }
  assert.ok(refused > 100);
});

test("what is no regular file is never read, and a missing file says how to make one", () => {
  const folder = tempFolder();
  assert.throws(
    () => NeuronSet.load(folder),
    (error: unknown) => error instanceof FileFormatError,
  );
  assert.throws(
    () => NeuronSet.load(path.join(folder, "none.json")),
    (error: unknown) => error instanceof NotFoundError && /neuronbook find/.test(error.message),
  );
  if (process.platform === "win32") return;
  execFileSync("mkfifo", [path.join(folder, "pipe")]);
  assert.throws(() => NeuronSet.load(path.join(folder, "pipe")), /no regular file/);
});

test("a file of absurd size is refused before it is read", () => {
  const folder = tempFolder();
  const file = path.join(folder, "n.json");
  fs.writeFileSync(file, "{}");
  fs.truncateSync(file, 2 ** 30);
  assert.throws(() => NeuronSet.load(file), /1073741824 bytes, more than/);
});

test.run();

import fs from "node:fs";
import path from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { Engine } from "../../src/engine/engine.js";
import { FileFormatError, OptionError } from "../../src/errors.js";
import { trainDpo } from "../../src/training/dpo.js";
import { trainSft } from "../../src/training/sft.js";
import type { TrainingProgress } from "../../src/training/training.js";
import type { Ia3Training, Ia3TrainingOptions } from "../../src/training/what-is-trained.js";
import { writeAdapter } from "../../src/weights/peft.js";
import { tempFolder } from "../support/temp.js";
import { loadTiny, randomPrompts } from "../support/tiny.js";

const engine = new Engine({ threads: 2, provider: "cpu" });
const examples = randomPrompts(1, 20, 2, 6).map((prompt, i) => ({ prompt, answer: [7, i] }));
const options: Ia3TrainingOptions = { learningRate: 0.02, batch: 4, epochs: 3, seed: 2, warmUp: 2 };
const pairs = examples.map(({ prompt, answer }) => ({ prompt, chosen: answer, rejected: [9, 9, 9] }));

const sft = async (more: Ia3TrainingOptions) => trainSft(await loadTiny(engine, "gqa", "ia3-a"), examples, { ...options, ...more });
const dpo = async (more: Ia3TrainingOptions) => trainDpo(await loadTiny(engine, "gqa", "ia3-a"), pairs, { ...options, ...more });

/** What a user keeps of a training, as bytes. */
function bytesOf({ adapter, history, evaluations }: Ia3Training): string {
  const folder = tempFolder();
  writeAdapter(folder, adapter);
  return fs.readFileSync(path.join(folder, "adapter_model.safetensors")).toString("base64") + JSON.stringify([history, evaluations]);
}

/** Runs until `steps` steps are done in all, as often as it takes. */
async function interrupted(run: typeof sft, folder: string, every: number, stops: readonly number[]): Promise<Ia3Training> {
  for (const at of stops) {
    const stop = new AbortController();
    const onProgress = ({ done }: TrainingProgress) => {
      if (done === at) stop.abort(new Error("killed"));
    };
    await run({ checkpoint: { folder, every }, signal: stop.signal, onProgress }).then(
      () => assert.unreachable("finished"),
      (error: Error) => assert.is(error.message, "killed"),
    );
  }
  return run({ checkpoint: { folder, every } });
}

for (const [name, run] of [
  ["SFT", sft],
  ["DPO", dpo],
] as const)
  test(`${name}: stopped and resumed, in the midst of epochs and between checkpoints, gives the same bytes as undisturbed`, async () => {
    const whole = await run({});
    assert.is(whole.losses.length, 15);
    const folder = tempFolder();
    assert.is(bytesOf(await interrupted(run, folder, 2, [1, 3, 8, 9, 14])), bytesOf(whole));
    const state = JSON.parse(fs.readFileSync(path.join(folder, "training.json"), "utf8"));
    assert.is(state.step, 15);
    assert.equal(
      fs.readdirSync(folder).filter((file) => file.startsWith("step-")),
      ["step-15.safetensors"],
    );
  });

test("a finished training is read, not run again; resume: false runs it again", async () => {
  const folder = tempFolder();
  const checkpoint = { folder };
  const whole = bytesOf(await sft({ checkpoint }));
  let steps = 0;
  const onProgress = () => {
    steps++;
  };
  assert.is(bytesOf(await sft({ checkpoint, onProgress })), whole);
  assert.is(steps, 0);
  assert.is(bytesOf(await sft({ checkpoint: { folder, resume: false }, onProgress })), whole);
  assert.is(steps, 15);
});

test("what a killed process left half written is cleared away, other files are not", async () => {
  const folder = tempFolder();
  for (const file of ["step-7.safetensors.12-ab34.tmp", "training.json.12-ab34.tmp", "step-3.safetensors", "notes.tmp"])
    fs.writeFileSync(path.join(folder, file), "half");
  await sft({ checkpoint: { folder } });
  assert.equal(fs.readdirSync(folder).sort(), ["notes.tmp", "step-15.safetensors", "training.json"]);
});

test("the state of another run is refused, whatever differs", async () => {
  const folder = tempFolder();
  await sft({ checkpoint: { folder } });
  const model = await loadTiny(engine, "gqa", "ia3-a");
  for (const run of [
    () => sft({ seed: 3, checkpoint: { folder } }),
    () => sft({ mask: ({ shape }) => new Uint8Array(shape[0]! * shape[1]!), checkpoint: { folder } }),
    () => dpo({ checkpoint: { folder } }),
    () => trainSft(model, examples.slice(1), { ...options, checkpoint: { folder } }),
    async () => trainSft(await loadTiny(engine, "gqa"), examples, { ...options, checkpoint: { folder } }),
  ])
    await run().then(
      () => assert.unreachable("accepted"),
      (error: Error) => assert.ok(error instanceof OptionError && error.option === "checkpoint.folder", String(error)),
    );
});

test("a damaged state is refused by file", async () => {
  for (const damage of [
    (folder: string) => fs.writeFileSync(path.join(folder, "training.json"), "{"),
    (folder: string) => fs.truncateSync(path.join(folder, "step-15.safetensors"), 200),
    (folder: string) => {
      const file = path.join(folder, "training.json");
      fs.writeFileSync(file, fs.readFileSync(file, "utf8").replace('"step":15', '"step":14'));
    },
  ]) {
    const folder = tempFolder();
    await sft({ checkpoint: { folder } });
    damage(folder);
    await sft({ checkpoint: { folder } }).then(
      () => assert.unreachable("accepted"),
      (error: Error) => assert.ok(error instanceof FileFormatError && error.file.startsWith(folder), String(error)),
    );
  }
});

test.after(() => engine.dispose());
test.run();

import fs from "node:fs";
import path from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { Engine } from "../../src/engine/engine.js";
import { OptionError } from "../../src/errors.js";
import { type AdapterData, type AdapterRun, trainAdapter } from "../../src/training/adapter-run.js";
import { loadAdapter } from "../../src/weights/peft.js";
import { tempFolder } from "../support/temp.js";
import { loadTiny, randomPrompts } from "../support/tiny.js";

const engine = new Engine({ threads: 2, provider: "cpu" });
const prompts = randomPrompts(1, 20, 2, 6);
const data: Record<"sft" | "dpo", AdapterData> = {
  sft: {
    kind: "sft",
    examples: prompts.slice(4).map((prompt, i) => ({ prompt, answer: [7, i] })),
    heldOut: prompts.slice(0, 4).map((prompt) => ({ prompt, answer: [7] })),
  },
  dpo: {
    kind: "dpo",
    examples: prompts.slice(4).map((prompt, i) => ({ prompt, chosen: [7, i], rejected: [9, 9, 9] })),
    heldOut: prompts.slice(0, 4).map((prompt) => ({ prompt, chosen: [7], rejected: [9] })),
  },
};
const settings = { steps: 12, batch: 4, learningRate: 0.05, seed: 2, maxTokens: 32, chat: false, evaluateEvery: 6 };

const run = async (out: string, more: Partial<AdapterRun> = {}) =>
  trainAdapter({
    model: await loadTiny(engine, "gqa", "ia3-a"),
    ...{ data: data.sft, source: { examples: "e.jsonl", heldOut: null }, command: "neuronbook train", out, settings, resume: false },
    ...more,
  });

const filesOf = (folder: string) =>
  fs
    .readdirSync(folder)
    .sort()
    .map((file) => `${file}: ${fs.readFileSync(path.join(folder, file)).toString("base64")}`);

const refused = async (work: Promise<unknown>, says: RegExp) => {
  const error = await work.catch((thrown: unknown) => thrown);
  assert.instance(error, OptionError);
  assert.match((error as Error).message, says);
};

for (const kind of ["sft", "dpo"] as const)
  test(`${kind}: interrupted and resumed, the folder has the same bytes as undisturbed; the state is gone`, async () => {
    const [whole, parts] = [path.join(tempFolder(), "a"), path.join(tempFolder(), "a")];
    const record = await run(whole, { data: data[kind] });
    assert.equal(fs.readdirSync(whole).sort(), ["README.md", "adapter_config.json", "adapter_model.safetensors", "record.json"]);
    assert.is(record.history.length, 12);
    assert.equal(
      record.evaluations.map(({ step }) => step),
      [6, 12],
    );
    assert.is(record.before === null, kind === "dpo");
    const stop = new AbortController();
    const interrupted = run(parts, {
      data: data[kind],
      signal: stop.signal,
      onProgress: ({ done }) => {
        if (done === 7) stop.abort(new Error("stopped"));
      },
    });
    assert.match(String(await interrupted.catch((error: unknown) => error)), "stopped");
    assert.not.ok(fs.existsSync(path.join(parts, "adapter_model.safetensors")));
    await refused(run(parts, { data: data[kind] }), /unfinished/);
    const first: number[] = [];
    await run(parts, { data: data[kind], resume: true, onProgress: ({ done }) => first.push(done) });
    assert.is(first[0], 6, "it goes on from the state of step 5");
    assert.equal(filesOf(parts), filesOf(whole));
  });

test("a finished training is not done again: --resume gives its record, else the folder is refused", async () => {
  const out = path.join(tempFolder(), "a");
  const record = await run(out);
  const again = await run(out, { resume: true, onProgress: () => assert.unreachable("trained again") });
  assert.equal(JSON.stringify(again), JSON.stringify(record));
  // commands name the same options in orders of their own
  const reordered = Object.fromEntries(Object.entries(settings).reverse()) as unknown as typeof settings;
  assert.equal(JSON.stringify(await run(out, { resume: true, settings: reordered })), JSON.stringify(record));
  await refused(run(out), /holds one/);
  await refused(run(out, { resume: true, settings: { ...settings, learningRate: 0.01 } }), /very run/);
  await refused(run(out, { resume: true, data: data.dpo }), /very run/);
});

test("the adapter helps on held-out examples, and PEFT's folder holds what was trained", async () => {
  const out = path.join(tempFolder(), "a");
  // whatever the prompt says, the answer is the same
  const of = (some: readonly number[][]) => some.map((prompt) => ({ prompt, answer: [7, 3] }));
  const toy: AdapterData = { kind: "sft", examples: of(randomPrompts(5, 96, 2, 6)), heldOut: of(prompts) };
  const { before, evaluations, request } = await run(out, {
    data: toy,
    settings: { ...settings, steps: 60, batch: 16, evaluateEvery: 60 },
  });
  const after = evaluations.at(-1)!.value as { loss: number };
  assert.ok(after.loss < 0.9 * before!.loss, `${before!.loss} to ${after.loss}`);
  assert.equal((request as { model: { adapters: object[] } }).model.adapters.length, 1);
  const adapter = await loadAdapter(out);
  assert.ok("scales" in adapter && adapter.scales.every(({ module, side }) => module === "down_proj" && side === "input"));
  const readme = fs.readFileSync(path.join(out, "README.md"), "utf8");
  assert.match(readme, "neuronbook train");
  assert.match(readme, `loss ${after.loss.toFixed(3)}`);
});

test("examples whose prompts leave no room for an answer are left out and counted; all of them are refused", async () => {
  const long = { prompt: Array.from({ length: 32 }, () => 1), answer: [7] };
  const more: AdapterData = { ...data.sft, kind: "sft", examples: [...data.sft.examples, long] as never, heldOut: [] };
  const { data: counted, evaluations } = await run(path.join(tempFolder(), "a"), { data: more });
  assert.equal([counted.count, counted.leftOut, counted.heldOutCount, evaluations.length], [16, 1, 0, 0]);
  await refused(run(path.join(tempFolder(), "b"), { data: { kind: "sft", examples: [long], heldOut: [] } }), /no room/);
});

test.after(() => engine.dispose());
test.run();

import fs from "node:fs";
import path from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { Engine } from "../../src/engine/engine.js";
import { generate } from "../../src/engine/generate.js";
import { FileFormatError, NotFoundError, OptionError, ShapeError } from "../../src/errors.js";
import { answerTexts, BEAVER_FORM } from "../../src/judges/answer-texts.js";
import { ScoreModel } from "../../src/judges/score-model.js";
import { loadScoreModel, saveScoreModel } from "../../src/judges/score-model-file.js";
import { causalEffect } from "../../src/neurons/patching.js";
import { seeded } from "../../src/random.js";
import { readFloat32, readSafetensorsHeader, writeSafetensors } from "../../src/weights/safetensors.js";
import { expectedValues, near, readJson } from "../support/expected.js";
import { fixture } from "../support/paths.js";
import { tempFolder } from "../support/temp.js";
import { loadTiny, madeUpAdapter, randomPrompts } from "../support/tiny.js";
import { writeTinyTokenizer } from "../support/tiny-tokenizer.js";

const { checkpoints } = readJson<{ checkpoints: Record<string, number[][]> }>("scores", "expected.json");
const values = expectedValues("scores");
const engine = new Engine({ threads: 2, provider: "cpu" });

/** Texts as they are: the last token stands for the answer, and no stop token follows. */
async function load(name: string) {
  const scores = await loadScoreModel(fixture("scores", name), { engine, form: "plain", label: name === "labels" ? "merry" : undefined });
  const model = { ...scores.model.config, stopTokens: [] };
  Object.defineProperty(scores.model, "config", { value: model });
  return scores;
}
const halves = (texts: readonly number[][]) => [texts.map((ids) => ids.slice(0, -1)), texts.map((ids) => ids.slice(-1))] as const;

for (const [name, texts] of Object.entries(checkpoints))
  test(`${name}: scores are those of Python, in a padded batch and alone`, async () => {
    const scores = await load(name);
    const [prompts, answers] = halves(texts);
    const wanted = values.get(name)!;
    const one = wanted.shape.length === 1 || wanted.shape[1] === 1;
    if (!one) {
      const { data, labels } = await scores.logits(prompts, answers);
      assert.equal(labels, ["calm", "merry", "stern"]);
      near(data, wanted.data, 1e-4, "logits");
      return;
    }
    near(await scores.score(prompts, answers, { batch: 3 }), wanted.data, 1e-4, "batch");
    for (const [i, prompt] of prompts.entries())
      near(await scores.score([prompt], [answers[i]!]), [wanted.data[i]!], 1e-4, `text ${i} alone`);
  });

test("of several labels the score is the log-odds of the one named", async () => {
  const scores = await load("labels");
  const [prompts, answers] = halves(checkpoints.labels!);
  const logits = values.get("labels")!.data;
  const wanted = prompts.map((_, i) => {
    const [a, b, c] = [0, 1, 2].map((label) => logits[3 * i + label]!);
    return b! - Math.log(Math.exp(a!) + Math.exp(c!));
  });
  near(await scores.score(prompts, answers), wanted, 1e-4, "log-odds");
  const unnamed = await loadScoreModel(fixture("scores", "labels"), { engine, form: "plain" });
  await unnamed.score(prompts, answers).then(
    () => assert.unreachable("scored"),
    (error: Error) => assert.ok(error instanceof OptionError && /calm, merry, stern/.test(error.message), String(error)),
  );
});

test("the cost model's text form is tokenised as one text, and its end token follows", async () => {
  const folder = tempFolder();
  fs.cpSync(fixture("scores", "beaver-cost"), folder, { recursive: true });
  writeTinyTokenizer(folder);
  assert.equal((await loadScoreModel(folder, { engine })).form, BEAVER_FORM);
  const form = { template: "w1 w2 {prompt} w4{answer}", stop: true };
  const scores = await loadScoreModel(folder, { engine, form });
  const [text] = await answerTexts(scores.model, ["w5 w6"], [" w7 w8"], scores);
  assert.equal([...text!.ids], [63, 1, 2, 5, 6, 4, 7, 8, 3]);
  assert.is(text!.promptLength, 6);
  const [score] = await scores.score(["w5 w6"], [" w7 w8"]);
  assert.ok(Number.isFinite(score));
});

test("long texts keep the prompt's end, then the answer's beginning", async () => {
  const model = await loadTiny(engine, "gqa");
  const form = { form: "plain" as const, maxTokens: 6 };
  const texts = await answerTexts(
    model,
    [
      [1, 2, 3, 4, 5],
      [1, 2],
      [1, 2, 3, 4, 5, 6, 7, 8],
    ],
    [[6, 7], [3, 4, 5, 6, 7], [9]],
    form,
  );
  assert.equal(
    texts.map(({ ids, promptLength }) => [[...ids], promptLength]),
    [
      [[2, 3, 4, 5, 6, 7], 4],
      [[1, 2, 3, 4, 5, 6], 2],
      [[4, 5, 6, 7, 8, 9], 5],
    ],
  );
});

async function light(adapters = 1): Promise<ScoreModel> {
  const bare = await loadTiny(engine, "gqa");
  const model = await bare.withAdapters(...Array.from({ length: adapters }, (_, i) => madeUpAdapter(bare, i)));
  const random = seeded(5);
  const head = { weight: Float32Array.from({ length: 64 }, () => random.normal()), bias: Float32Array.of(0.5), labels: ["cost"] };
  return new ScoreModel({ model, head, reading: { layer: 1, pool: "mean" }, form: "plain", maxTokens: 20, scale: { shift: 1, scale: 2 } });
}

test("a light head comes back from its folder with adapters, reading and scale, and takes a few kB", async () => {
  const scores = await light(2);
  const folder = tempFolder();
  saveScoreModel(folder, scores, { training: { examples: 3 } });
  const size = fs
    .readdirSync(folder, { recursive: true })
    .reduce((sum, file) => sum + fs.statSync(path.join(folder, String(file))).size, 0);
  assert.ok(size < 20_000, `${size} bytes`);
  const backbone = await loadTiny(engine, "gqa", "ia3-a");
  const again = await loadScoreModel(folder, { backbone });
  assert.equal({ ...again.origin, backbone: undefined }, { ...scores.origin, backbone: undefined });
  assert.equal(again.scale, { shift: 1, scale: 2 });
  const [prompts, answers] = [randomPrompts(1, 7, 2, 6), randomPrompts(2, 7, 1, 30)];
  assert.equal([...(await again.score(prompts, answers))], [...(await scores.score(prompts, answers))]);
  const other = await loadTiny(engine, "bias");
  await loadScoreModel(folder, { backbone: other }).then(
    () => assert.unreachable("loaded"),
    (error: Error) => assert.ok(error instanceof OptionError && error.option === "backbone", String(error)),
  );
});

test("rows of a batch score as they do alone, whatever is read", async () => {
  const { model, head } = await light();
  const [prompts, answers] = [randomPrompts(3, 9, 1, 8), randomPrompts(4, 9, 1, 40)];
  for (const reading of [
    { layer: 1, pool: "last" },
    { layer: 2, pool: "mean" },
  ] as const) {
    const scores = new ScoreModel({ model, head, reading, form: "plain" });
    const together = await scores.score(prompts, answers, { batch: 9 });
    const alone = await scores.score(prompts, answers, { batch: 1 });
    near(together, alone, 1e-4, reading.pool);
  }
});

test("a score model is a cost for causalEffect", async () => {
  const scores = await light(0);
  const [first, second] = [await loadTiny(engine, "gqa", "ia3-a"), await loadTiny(engine, "gqa", "ia3-a", "ia3-b")];
  const prompts = randomPrompts(6, 5, 2, 5);
  const common = { prompts, newTokens: 4, stopTokens: [] as number[] };
  const { effect, answers } = await causalEffect(first, {
    ...common,
    from: second,
    neurons: "mlp.hook_post",
    cost: scores.toCost(prompts),
    draws: 50,
  });
  const generated = await generate(first, prompts, { newTokens: 4, stopTokens: [] });
  const costs = await scores.score(
    prompts,
    generated.map(({ ids }) => ids),
  );
  near([effect.first.value], [costs.reduce((a, b) => a + b, 0) / 5], 1e-9, "mean cost");
  assert.is(answers.first.length, 5);
});

test("damaged and foreign folders are refused by name", async () => {
  const refused = async (folder: string, kind: new (...args: never[]) => Error, what: RegExp) =>
    loadScoreModel(folder, { engine }).then(
      () => assert.unreachable(`${what} loaded`),
      (error: Error) => assert.ok(error instanceof kind && what.test(error.message), `${what}: ${error}`),
    );
  await refused(fixture("tiny", "gqa"), NotFoundError, /no score head/);
  const scores = await light();
  const whole = tempFolder();
  saveScoreModel(whole, scores);
  const facts = JSON.parse(fs.readFileSync(path.join(whole, "score_head.json"), "utf8"));
  const changed = (change: object) => {
    const folder = tempFolder();
    fs.cpSync(whole, folder, { recursive: true });
    fs.writeFileSync(path.join(folder, "score_head.json"), JSON.stringify({ ...facts, ...change }));
    return folder;
  };
  await refused(changed({ format: 2 }), FileFormatError, /format/);
  await refused(changed({ adapters: ["../adapter-0"] }), FileFormatError, /adapters/);
  await refused(changed({ labels: [] }), FileFormatError, /labels/);
  await refused(changed({ labels: ["a", "b"] }), FileFormatError, /weight/);
  await refused(changed({ reading: { layer: 3, pool: "mean" } }), FileFormatError, /reading/);
  await refused(changed({ reading: { layer: 1, pool: "sum" } }), FileFormatError, /reading/);
  await refused(changed({ form: { template: "{answer}", stop: true } }), OptionError, /form/);
  await refused(changed({ scale: { shift: 0, scale: 0 } }), OptionError, /scale/);
  const published = tempFolder();
  fs.cpSync(fixture("scores", "labels"), published, { recursive: true });
  const file = path.join(published, "model.safetensors");
  const tensors = [...readSafetensorsHeader(file).tensors].map(([name, info]) => {
    const [shape, data] = name === "score.weight" ? [[3, 31], new Float32Array(93)] : [info.shape, readFloat32(info)];
    return [name, { dtype: "F32" as const, shape, data }] as const;
  });
  writeSafetensors(file, Object.fromEntries(tensors));
  await refused(published, FileFormatError, /score\.weight.*\[3,31\]/);
  assert.throws(
    () => new ScoreModel({ model: scores.model, head: { ...scores.head, labels: ["a", "b"] }, reading: scores.reading, form: "plain" }),
    (error: Error) => error instanceof ShapeError,
  );
});

test.after(() => engine.dispose());
test.run();

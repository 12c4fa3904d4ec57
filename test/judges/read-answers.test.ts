import path from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { Engine } from "../../src/engine/engine.js";
import { type Generation, generate } from "../../src/engine/generate.js";
import { loadModel } from "../../src/engine/model.js";
import { laterLogprobs } from "../../src/judges/likelihood.js";
import { readAnswers } from "../../src/judges/read-answers.js";
import { ScoreModel } from "../../src/judges/score-model.js";
import { loadScoreModel, saveScoreModel } from "../../src/judges/score-model-file.js";
import { seeded } from "../../src/random.js";
import { near } from "../support/expected.js";
import { tempFolder } from "../support/temp.js";
import { copyTiny, madeUpAdapter } from "../support/tiny.js";
import { writeTinyTokenizer } from "../support/tiny-tokenizer.js";

const engine = new Engine({ threads: 1, provider: "cpu" });
const folder = copyTiny("gqa");
writeTinyTokenizer(folder);

const words = (from: number, count: number) => Array.from({ length: count }, (_, i) => `w${2 + ((from + 5 * i) % 60)}`).join(" ");
const prompts = [words(1, 3), words(2, 7), words(3, 30), words(4, 5), words(5, 1)];
const empty = (one: Generation): Generation => ({ ...one, ids: [], text: "" });

async function parts() {
  const model = await loadModel(folder, { engine });
  const random = seeded(5);
  const head = (labels: readonly string[]) => ({
    weight: Float32Array.from({ length: labels.length * model.config.hidden }, () => random.normal()),
    bias: Float32Array.from(labels, () => random.normal()),
    labels,
  });
  const read = { form: "chat", maxTokens: 20 } as const;
  const judges = [
    new ScoreModel({ model, head: head(["cost"]), reading: { layer: 1, pool: "mean" }, ...read, scale: { shift: 1, scale: 2 } }),
    new ScoreModel({ model, head: head(["a", "b"]), reading: { layer: 2, pool: "last" }, ...read, label: "b" }),
    new ScoreModel({
      ...{ model: await model.withAdapters(madeUpAdapter(model, 3)), head: head(["reward"]), reading: { layer: 2, pool: "mean" } },
      ...read,
    }),
  ];
  const written = await generate(model, prompts, { chat: true, newTokens: 6, stopTokens: [] });
  return { model, judges, answers: written.map((one, i) => (i === 3 ? empty(one) : one)) };
}

test("scores and perplexities are those of each judge alone: of whole texts, cut ones and empty ones", async () => {
  const { model, judges, answers } = await parts();
  const { scores, perplexities } = await readAnswers(model, prompts, answers, judges, { batch: 2 });
  const texts = answers.map(({ text }) => text);
  for (const [i, judge] of judges.entries()) near(scores[i]!, [...(await judge.score(prompts, texts))], 1e-4, `judge ${i}`);
  const whole = answers.map(({ promptIds, ids }) => ({ ids: Int32Array.from([...promptIds, ...ids]), promptLength: promptIds.length }));
  const logprobs = await laterLogprobs(model, whole, {});
  logprobs.forEach((own, i) => {
    if (i === 3) assert.is(perplexities[i], null);
    else assert.ok(Math.abs(Math.log(perplexities[i]!) + own.reduce((sum, one) => sum + one, 0) / own.length) < 1e-5);
  });
});

test("without score models perplexities alone; a judge of another form reads for itself", async () => {
  const { model, judges, answers } = await parts();
  const alone = await readAnswers(model, prompts, answers, []);
  assert.equal(alone.scores, []);
  assert.is(alone.perplexities.length, prompts.length);
  const plain = new ScoreModel({ model, head: judges[0]!.head, reading: judges[0]!.reading, form: "plain" });
  const { scores } = await readAnswers(model, prompts, answers, [judges[0]!, plain]);
  const texts = answers.map(({ text }) => text);
  near(scores[0]!, [...(await judges[0]!.score(prompts, texts))], 1e-4, "chat");
  near(scores[1]!, [...(await plain.score(prompts, texts))], 1e-4, "plain");
});

test("several judges take one pass over the answers that they read alike, be they made or opened from a folder", async () => {
  const { model, judges, answers } = await parts();
  const saved = path.join(tempFolder(), "cost");
  saveScoreModel(saved, judges[0]!);
  const opened = await loadScoreModel(saved, { backbone: model });
  let tokens = 0;
  let passes = 0;
  const counted = engine.score.bind(engine);
  engine.score = (request, options) => {
    passes++;
    tokens += request.batch.lanes.length;
    return counted(request, options);
  };
  const short = [0, 1, 4];
  const pick = <T>(list: readonly T[]) => short.map((i) => list[i]!);
  await readAnswers(model, pick(prompts), pick(answers), [opened, judges[1]!], { batch: 8 });
  engine.score = counted;
  assert.is(passes, 1);
  assert.is(tokens, short.length);
});

test.after(() => engine.dispose());
test.run();

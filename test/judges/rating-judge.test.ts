import { test } from "uvu";
import * as assert from "uvu/assert";
import { Engine } from "../../src/engine/engine.js";
import { loadModel } from "../../src/engine/model.js";
import { score } from "../../src/engine/score.js";
import { OptionError } from "../../src/errors.js";
import { RatingJudge } from "../../src/judges/rating-judge.js";
import { hasSmolLM2 } from "../support/cli.js";
import { copyTiny } from "../support/tiny.js";
import { writeTinyTokenizer } from "../support/tiny-tokenizer.js";

const engine = new Engine({ threads: 2, provider: "cpu" });
const folder = copyTiny("gqa");
writeTinyTokenizer(folder);
const model = await loadModel(folder, { engine });
const options = { question: "w2 {prompt} w3 {answer} w4", ratings: ["w10", "w20 w21", "w30"] };

test("the score is the mean of the ratings, weighted by their probabilities", async () => {
  const judge = new RatingJudge(model, options);
  const got = await judge.score(["w5 w6", { messages: [{ role: "user", content: "w7" }] }], ["w8", "w9"]);
  // chat form of the tiny tokenizer: <s> QUESTION w1
  const contexts = ["w2 w5 w6 w3 w8 w4", "w2 w7 w3 w9 w4"];
  for (const [i, context] of contexts.entries()) {
    const prompt = { messages: [{ role: "user", content: context }] };
    const scored = await score(
      model,
      options.ratings.map(() => prompt),
      { completions: options.ratings },
    );
    const weights = scored.map(({ total }) => Math.exp(total));
    const mean = weights.reduce((sum, weight, rating) => sum + weight * (rating + 1), 0) / weights.reduce((a, b) => a + b, 0);
    assert.ok(Math.abs(got[i]! - mean) < 1e-5, `${got[i]}, expected ${mean}`);
  }
});

test("as a metric of generated answers it is the same score; the judge says who it is", async () => {
  const judge = new RatingJudge(model, options);
  const [wanted] = await judge.score(["w5"], ["w8"]);
  const answer = { prompt: "<s> w5 w1", promptIds: [63, 5, 1], ids: [8], text: "w8", stop: "length" } as const;
  assert.is(await judge.toCost(["w5"])(answer, 0), wanted);
  assert.equal(judge.origin, { judge: model.origin, ...options, chat: true });
  await judge
    .toCost(["w5"])(answer, 1)
    .then(
      () => assert.unreachable("made up a prompt"),
      (error: Error) => assert.instance(error, OptionError),
    );
});

test("questions without both parts, too few ratings, and prompts of ids are refused", async () => {
  for (const bad of [{ question: "{prompt}" }, { ratings: ["1"] }, { ratings: ["1", "1"] }])
    assert.throws(
      () => new RatingJudge(model, bad),
      (error: unknown) => error instanceof OptionError,
    );
  const judge = new RatingJudge(model, options);
  for (const call of [judge.score([[1, 2]], ["w8"]), judge.score(["w5"], [])])
    await call.then(
      () => assert.unreachable("accepted"),
      (error: Error) => assert.instance(error, OptionError),
    );
});

(hasSmolLM2() ? test : test.skip)("SmolLM2 rates within 1 to 5, each answer for itself", async () => {
  const judge = new RatingJudge(await loadModel("HuggingFaceTB/SmolLM2-135M-Instruct", { engine }));
  const prompts = ["How do I bake bread?", "How do I bake bread?"];
  const answers = ["I can't help with that.", "Mix flour, water, salt and yeast, let it rise, and bake it."];
  const both = await judge.score(prompts, answers);
  assert.ok(both.every((rating) => rating > 1 && rating < 5));
  assert.ok(Math.abs(both[0]! - both[1]!) > 1e-3);
  assert.ok(Math.abs((await judge.score(prompts.slice(1), answers.slice(1)))[0]! - both[1]!) < 1e-3);
});

test.after(() => engine.dispose());
test.run();

import { test } from "uvu";
import * as assert from "uvu/assert";
import { Engine } from "../../src/engine/engine.js";
import { loadModel } from "../../src/engine/model.js";
import { OptionError } from "../../src/errors.js";
import { exactMatch, extract } from "../../src/judges/exact-match.js";
import { answeredChoices, letteredChoices, multipleChoice } from "../../src/judges/multiple-choice.js";
import { perplexity, slidingWindows, wikitextDocument } from "../../src/judges/perplexity.js";
import { patch, zero } from "../../src/neurons/interventions.js";
import { near, readJson } from "../support/expected.js";
import { copyTiny, loadTiny } from "../support/tiny.js";
import { writeTinyTokenizer } from "../support/tiny-tokenizer.js";

interface Item {
  readonly context: number[];
  readonly choices: number[][];
  readonly logprobs: number[];
}

const { likelihoods } = readJson<{
  likelihoods: { text: number[]; windows: Record<string, { rows: [number, number][]; perplexity: number }>; items: Item[] };
}>("scores", "expected.json");
const engine = new Engine({ threads: 2, provider: "cpu" });

async function withWords() {
  const folder = copyTiny("gqa");
  writeTinyTokenizer(folder);
  return loadModel(folder, { engine });
}

for (const [name, { rows, perplexity: wanted }] of Object.entries(likelihoods.windows))
  test(`perplexity with window/stride ${name} is torch's, window by window`, async () => {
    const [window, stride] = name.split("/").map(Number);
    const made = await perplexity(await loadTiny(engine, "gqa"), [likelihoods.text], { window, stride });
    assert.equal(
      made.items.map(({ tokens }) => tokens),
      rows.map(([tokens]) => tokens),
    );
    near(
      made.items.map(({ nll }) => nll),
      rows.map(([, nll]) => nll),
      1e-4,
      "nll",
    );
    near([made.token.value / wanted], [1], 1e-5, "perplexity");
    assert.is(made.tokens, likelihoods.text.length - 1);
    assert.is(made.word, undefined);
    assert.ok(made.token.low <= made.token.value && made.token.value <= made.token.high);
  });

test("every token but the first is scored once, with its context", () => {
  for (const [length, window, stride] of [
    [50, 16, 8],
    [50, 16, 16],
    [16, 16, 8],
    [17, 16, 1],
    [2, 2, 1],
    [9, 4, 3],
  ] as const) {
    const parts = slidingWindows(length, window, stride);
    let next = 1;
    for (const { begin, end, scoredFrom } of parts) {
      assert.is(scoredFrom, next);
      assert.ok(end - begin <= window && begin < scoredFrom && end > scoredFrom);
      assert.ok(begin === 0 || scoredFrom - begin >= window - stride, `${begin} ${scoredFrom}`);
      next = end;
    }
    assert.is(next, length);
  }
});

test("choices that differ in their last token alone are read once, and get what each gets alone", async () => {
  const model = await loadTiny(engine, "gqa");
  const context = [3, 1, 4, 1, 5, 9, 2, 6];
  const choices = [[7], [8], [5, 10], [5, 11], [5, 12, 13], [7]];
  const interventions = [zero("mlp.hook_post", { positions: "prompt" })];
  let read = 0;
  const onProgress = ({ total }: { total: number }) => {
    read = total;
  };
  const { items } = await multipleChoice(model, [{ context, choices, answer: 0 }], { interventions, onProgress });
  // one text for 7 and 8, one for 10 and 11 after 5, one for 12 and 13
  assert.is(read, 3 * context.length + 1 + 2 + 3);
  for (const [i, choice] of choices.entries()) {
    const alone = await multipleChoice(model, [{ context, choices: [choice, [20, 21, 22, 23]], answer: 0 }], { interventions, batch: 1 });
    near([items[0].logprobs[i]], [alone.items[0].logprobs[0]], 1e-6, `choice ${i}`);
  }
  assert.is(items[0].logprobs[0], items[0].logprobs[5]);
});

test("choices that are patched from prompts of their own are read one by one", async () => {
  const model = await loadTiny(engine, "gqa");
  const [context, other] = [
    [3, 1, 4, 1],
    [9, 8, 7, 6],
  ];
  const under = async (...prompts: number[][]) => {
    const interventions = [patch("mlp.hook_post", { prompts }, { positions: "prompt" })];
    return (await multipleChoice(model, [{ context, choices: [[7], [7]], answer: 0 }], { interventions })).items[0].logprobs;
  };
  const [first, second] = await under(context, other);
  assert.is.not(first, second);
  near(await under(other, context), [second, first], 1e-6);
});

test("word perplexity spreads the same likelihood over the words", async () => {
  const model = await withWords();
  const text = wikitextDocument([{ text: "w1 w2 w3" }, { text: "" }, { text: "w4 w5" }]);
  assert.is(text, "w1 w2 w3\n\n\n\nw4 w5");
  const { token, word, tokens, words, nll } = await perplexity(model, [text]);
  // the tokenizer's first token is <s>
  assert.equal([tokens, words], [5, 5]);
  near([token.value, word!.value], [Math.exp(nll / 5), Math.exp(nll / 5)], 1e-9);
});

test("choices have torch's log-probabilities; the best and the best by length are told", async () => {
  const model = await loadTiny(engine, "gqa");
  const items = likelihoods.items.map(({ context, choices, logprobs }) => ({
    context,
    choices,
    answer: logprobs.indexOf(Math.max(...logprobs)),
  }));
  const made = await multipleChoice(model, items, { batch: 4 });
  made.items.forEach(({ logprobs, chosen, chosenByLength }, i) => {
    const wanted = likelihoods.items[i]!;
    near(logprobs, wanted.logprobs, 1e-4, `item ${i}`);
    assert.is(chosen, items[i]!.answer);
    const byLength = wanted.logprobs.map((logprob, c) => logprob / wanted.choices[c]!.length);
    assert.is(chosenByLength, byLength.indexOf(Math.max(...byLength)));
  });
  assert.is(made.accuracy.value, 1);
  near([made.chance], [(1 / 3 + 1 / 2 + 1 / 4) / 3], 1e-12);
});

test("interventions change likelihoods, an idle one does not", async () => {
  const model = await loadTiny(engine, "gqa");
  const [item] = likelihoods.items;
  const run = async (...interventions: Parameters<typeof zero>[]) =>
    (await multipleChoice(model, [{ ...item!, answer: 0 }], { interventions: interventions.map((args) => zero(...args)) })).items[0]!
      .logprobs;
  const plain = await run();
  const zeroed = await run(["mlp.hook_post"]);
  assert.ok(zeroed.some((value, i) => Math.abs(value - plain[i]!) > 1e-3));
  const text = await perplexity(model, [likelihoods.text], { interventions: [zero("mlp.hook_post")] });
  assert.ok(Math.abs(text.token.value - likelihoods.windows["128/64"]!.perplexity) > 1e-2);
});

test("a choice's tokens are those after the context, spaces at the border included", async () => {
  const model = await withWords();
  const ids = await multipleChoice(model, [{ context: [63, 1, 2], choices: [[3], [4, 5]], answer: 1 }]);
  const words = await multipleChoice(model, [{ context: "w1 w2 ", choices: ["w3", "w4 w5"], answer: 1 }]);
  near(words.items[0]!.logprobs, ids.items[0]!.logprobs, 1e-9);
});

test("forms of questions", () => {
  const record = { question: "Which? ", choices: ["bread", "butter"], answer: 1 };
  assert.equal(letteredChoices(record), { context: "Which?\nA. bread\nB. butter\nAnswer:", choices: [" A", " B"], answer: 1 });
  assert.equal(answeredChoices(record, "Q: x\nA: y\n\n"), {
    context: "Q: x\nA: y\n\nQ: Which?\nA:",
    choices: [" bread", " butter"],
    answer: 1,
  });
});

test("answers are read out of texts as their sets write them", () => {
  assert.is(extract.gsm8k("5 + 5 = 10\n#### 1,010"), "1010");
  assert.is(extract.gsm8k("#### $-2.50 in all"), "-2.50");
  assert.is(extract.gsm8k("ten"), undefined);
  assert.is(extract.lastNumber("3 apples, then 1,204.5."), "1204.5");
  assert.is(extract.lastNumber("none"), undefined);
  assert.is(extract.bbh("Let us see. So the answer is (B)."), "(B)");
  assert.is(extract.bbh("\n valid\nmore"), "valid");
  assert.is(extract.plain("\n \n Yes. \nNo"), "Yes.");
});

test("generated answers are compared, numbers as numbers", async () => {
  const model = await withWords();
  const items = ["w1 w2", "w3"].map((prompt) => ({ prompt, answer: "7.0" }));
  const none = await exactMatch(model, items, { newTokens: 3 });
  assert.equal([none.accuracy.value, none.answered.value], [0, 1]);
  const all = await exactMatch(model, items, { newTokens: 3, extract: () => " 7. " });
  assert.is(all.accuracy.value, 1);
  assert.is(all.items[1]!.generation.ids.length, 3);
  const silent = await exactMatch(model, items, { newTokens: 3, extract: () => undefined });
  assert.equal([silent.accuracy.value, silent.answered.value], [0, 0]);
  const words = none.items[0]!.generation.text.toUpperCase();
  assert.is((await exactMatch(model, [{ prompt: "w1 w2", answer: `${words}.` }], { newTokens: 3 })).accuracy.value, 1);
});

test("questions that make no sense are refused by name", async () => {
  const model = await loadTiny(engine, "gqa");
  const refused = async (option: string, run: Promise<unknown>) => {
    const error = await run.then(
      () => undefined,
      (error: Error) => error,
    );
    assert.ok(error instanceof OptionError && error.option === option, `${option}: ${error}`);
  };
  await refused("texts[0]", perplexity(model, [[1]]));
  await refused("window", perplexity(model, [[1, 2]], { window: 1 }));
  await refused("stride", perplexity(model, [[1, 2]], { window: 4, stride: 5 }));
  await refused("items", multipleChoice(model, []));
  await refused("items[0].answer", multipleChoice(model, [{ context: [1], choices: [[2], [3]], answer: 2 }]));
  await refused("items[0].choices", multipleChoice(model, [{ context: [1], choices: [[2]], answer: 0 }]));
  await refused("items[0]", multipleChoice(model, [{ context: [1], choices: [[], [3]], answer: 0 }]));
  await refused("items", exactMatch(model, []));
});

test.after(() => engine.dispose());
test.run();

import { test } from "uvu";
import * as assert from "uvu/assert";
import { Engine } from "../../src/engine/engine.js";
import { generate } from "../../src/engine/generate.js";
import { loadModel, type Model } from "../../src/engine/model.js";
import { score } from "../../src/engine/score.js";
import { OptionError } from "../../src/errors.js";
import { patch } from "../../src/neurons/interventions.js";
import { copyTiny, loadTiny, randomPrompts } from "../support/tiny.js";
import { writeTinyTokenizer } from "../support/tiny-tokenizer.js";

const engine = new Engine({ threads: 2, provider: "cpu" });
const prompts = randomPrompts(31, 9, 2, 9);
const ids = (rows: readonly { ids: readonly number[] }[]) => rows.map((row) => row.ids);

async function refused(call: () => Promise<unknown>, option: string, message: RegExp): Promise<void> {
  try {
    await call();
  } catch (error) {
    assert.instance(error, OptionError);
    assert.is((error as OptionError).option, option);
    assert.match((error as Error).message, message);
    return;
  }
  throw new Error(`${option} was accepted`);
}

for (const folder of ["gqa", "odd-head"])
  for (const patched of [false, true])
    test(`${folder}: rows that end early change nothing${patched ? ", patched ones neither" : ""}`, async () => {
      const model = await loadTiny(engine, folder);
      const donors = randomPrompts(32, prompts.length, 3, 11);
      const acting = patched ? [patch({ site: "resid_post", layers: [0] }, { prompts: donors }, { positions: "prompt-last" })] : [];
      const free = await generate(model, prompts, { newTokens: 24, stopTokens: [], interventions: acting });
      const stopTokens = [0, 4, 9, 11, 21, 33, 40, 52];
      const cut = free.map((row) => {
        const end = row.ids.findIndex((id) => stopTokens.includes(id));
        return { ...row, ids: end < 0 ? row.ids : row.ids.slice(0, end), stop: end < 0 ? "length" : "token" };
      });
      const ends = new Set(cut.map((row) => row.ids.length));
      assert.ok(ends.size >= 4, `rows end at different times: ${[...ends]}`);
      for (const batch of [1, 4, prompts.length])
        assert.equal(await generate(model, prompts, { newTokens: 24, stopTokens, interventions: acting, batch }), cut, `batch ${batch}`);
    });

test("stop tokens default to those of the configuration", async () => {
  const free = (await generate(await loadTiny(engine, "gqa"), [prompts[0]!], { newTokens: 8, stopTokens: [] }))[0]!.ids;
  const model = await loadModel(copyTiny("gqa", undefined, { eos_token_id: free[3] }), { engine });
  const [row] = await generate(model, [prompts[0]!], { newTokens: 8 });
  assert.equal([row!.ids, row!.stop], [free.slice(0, free.indexOf(free[3]!)), "token"]);
});

test("a first token that stops leaves an empty text", async () => {
  const model = await loadTiny(engine, "gqa");
  const [free] = await generate(model, [[7, 7]], { newTokens: 1, stopTokens: [] });
  const [row] = await generate(model, [[7, 7]], { newTokens: 5, stopTokens: free!.ids });
  assert.equal([row!.ids, row!.stop], [[], "token"]);
});

async function talking(): Promise<Model> {
  const folder = copyTiny("gqa");
  writeTinyTokenizer(folder);
  return loadModel(folder, { engine });
}

test("texts are tokenised as the tokenizer says and come back as text", async () => {
  const model = await talking();
  const rows = await generate(model, ["w5 w6", { prompt: "w5 w6" }, { messages: [{ role: "user", content: "w9" }] }, [5, 6]], {
    newTokens: 4,
    stopTokens: [],
  });
  assert.equal(
    rows.map((row) => row.promptIds),
    [
      [63, 5, 6],
      [63, 5, 6],
      [63, 9, 1],
      [5, 6],
    ],
  );
  assert.equal(rows[0], rows[1]);
  assert.is(rows[0]!.prompt, "w5 w6");
  assert.is(rows[2]!.prompt, "<s> w9 w1");
  assert.is(rows[3]!.prompt, "");
  for (const row of rows)
    assert.is(
      row.text,
      row.ids
        .map((id) => (id === 63 ? "" : `w${id}`))
        .filter(Boolean)
        .join(" "),
    );
  const [chat] = await generate(model, ["w9"], { newTokens: 4, stopTokens: [], chat: true });
  assert.equal(chat, rows[2]);
  const [scored] = await score(model, ["w5 w6"], { completions: ["w7 w8"] });
  assert.equal([scored!.ids, scored!.promptLength], [[63, 5, 6, 7, 8], 3]);
});

test("a stop string ends a text wherever it comes, and nothing else", async () => {
  const model = await talking();
  const free = await generate(model, prompts, { newTokens: 20, stopTokens: [] });
  const [a, b] = free[2]!.ids.slice(5, 7);
  const stopStrings = [`w${a} w${b}`, "never"];
  for (const batch of [1, prompts.length]) {
    const rows = await generate(model, prompts, { newTokens: 20, stopTokens: [], stopStrings, batch });
    for (const [i, row] of rows.entries()) {
      const at = free[i]!.text.indexOf(stopStrings[0]!);
      if (at < 0) assert.equal(row, free[i]);
      else {
        assert.equal([row.stop, row.text], ["string", free[i]!.text.slice(0, at)]);
        assert.equal(row.ids, free[i]!.ids.slice(0, row.ids.length));
        assert.ok(row.ids.length < 20);
      }
    }
    assert.is(rows[2]!.stop, "string");
  }
});

test("stop strings need a tokenizer and characters", async () => {
  await refused(async () => generate(await loadTiny(engine, "gqa"), prompts, { stopStrings: ["x"] }), "stopStrings", /has no tokenizer/);
  await refused(async () => generate(await talking(), prompts, { stopStrings: [""] }), "stopStrings", /at least one character/);
});

test("tokens stream as they are written", async () => {
  const model = await loadTiny(engine, "gqa");
  const written = prompts.map((): number[] => []);
  const options = { newTokens: 12, stopTokens: [4, 25, 40], batch: 4 };
  const rows = await generate(model, prompts, { ...options, onToken: (prompt, token) => written[prompt]!.push(token) });
  assert.equal(written, ids(rows));
});

test("progress counts tokens up to the most that may be written", async () => {
  const seen: number[] = [];
  const onProgress = ({ unit, done, total }: { unit: string; done: number; total: number }) => {
    assert.equal([unit, total], ["tokens", 3 * prompts.length]);
    seen.push(done);
  };
  // texts that end early count as written out
  await generate(await loadTiny(engine, "gqa"), prompts, { newTokens: 3, stopTokens: [4, 25, 40], batch: 2, onProgress });
  assert.is(seen.at(-1), 3 * prompts.length);
  assert.equal(
    seen,
    [...seen].sort((x, y) => x - y),
  );
});

const sampled = { newTokens: 10, stopTokens: [], temperature: 1.3, topK: 20, topP: 0.95 };

test("the same seed draws the same texts whatever the batch", async () => {
  const model = await loadTiny(engine, "gqa");
  const wanted = ids(await generate(model, prompts, { ...sampled, seed: 5, batch: 1 }));
  for (const batch of [2, 9]) assert.equal(ids(await generate(model, prompts, { ...sampled, seed: 5, batch })), wanted);
  assert.not.equal(ids(await generate(model, prompts, { ...sampled, seed: 6 })), wanted);
  const twins = ids(await generate(model, [prompts[0]!, prompts[0]!, prompts[0]!], { ...sampled, seed: 5 }));
  assert.equal(twins[0], wanted[0]);
  assert.not.equal(twins[1], twins[2]);
});

test("sampling from one token alone is greedy", async () => {
  const model = await loadTiny(engine, "gqa");
  const greedy = ids(await generate(model, prompts, { newTokens: 10, stopTokens: [] }));
  assert.equal(ids(await generate(model, prompts, { ...sampled, topK: 1 })), greedy);
  assert.equal(ids(await generate(model, prompts, { ...sampled, topK: 0, topP: 1e-9 })), greedy);
  assert.equal(ids(await generate(model, prompts, { ...sampled, topK: 0, topP: 1, temperature: 1e-4 })), greedy);
});

test("sampled tokens follow the model's probabilities", async () => {
  const model = await loadTiny(engine, "gqa");
  const draws = 4000;
  const rows = await generate(
    model,
    Array.from({ length: draws }, () => [3, 1, 4]),
    { newTokens: 1, stopTokens: [], temperature: 1, seed: 3 },
  );
  const logits = (await score(model, [[3, 1, 4]], { logits: "prompt-last" }))[0]!.logits!;
  const total = logits.data.reduce((sum, x) => sum + Math.exp(x), 0);
  for (const [token, x] of logits.data.entries()) {
    const p = Math.exp(x) / total;
    const count = rows.filter((row) => row.ids[0] === token).length;
    // rare tokens: one more draw than the normal approximation allows
    assert.ok(Math.abs(count - draws * p) <= 4 * Math.sqrt(draws * p * (1 - p)) + 1, `token ${token}: ${count} of ${draws} for ${p}`);
  }
});

test("options without sense are refused", async () => {
  const model = await loadTiny(engine, "gqa");
  const call = (options: object) => () => generate(model, prompts, options);
  await refused(call({ newTokens: 0 }), "newTokens", /whole number from 1; got 0/);
  await refused(call({ temperature: -1 }), "temperature", /from 0; got -1/);
  await refused(call({ temperature: Number.NaN }), "temperature", /NaN/);
  await refused(call({ topK: 1.5 }), "topK", /1.5/);
  await refused(call({ topP: 0 }), "topP", /above 0/);
  await refused(call({ seed: -1 }), "seed", /-1/);
});

test("prompts that are no tokens of the model are refused by their place", async () => {
  const model = await loadTiny(engine, "gqa");
  await refused(() => generate(model, [[1], []]), "prompts[1]", /at least one token/);
  await refused(() => generate(model, [[1], [2, 64]]), "prompts[1]", /token ids in 0\.\.63; got 64/);
  await refused(() => generate(model, [[-1]]), "prompts[0]", /got -1/);
  await refused(() => generate(model, [[1.5]]), "prompts[0]", /got 1\.5/);
  await refused(() => generate(model, [[Number.NaN]]), "prompts[0]", /got NaN/);
  await refused(() => score(model, [[1]], { completions: [[2, 99]] }), "completions[0]", /got 99/);
  await refused(() => generate(model, [new Int32Array(257)]), "prompts[0]", /at most 256 tokens/);
  await refused(() => score(model, [[1], [2]], { completions: [[1]] }), "completions", /one for each of the 2 prompts/);
});

test("no prompts give no rows", async () => {
  const model = await loadTiny(engine, "gqa");
  assert.equal(await generate(model, []), []);
  assert.equal(await score(model, []), []);
});

test.after(() => engine.dispose());
test.run();

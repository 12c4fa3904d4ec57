import { test } from "uvu";
import * as assert from "uvu/assert";
import { Engine } from "../../src/engine/engine.js";
import { type Generation, generate } from "../../src/engine/generate.js";
import { score } from "../../src/engine/score.js";
import { OptionError } from "../../src/errors.js";
import { add, mean, patch, scale, zero } from "../../src/neurons/interventions.js";
import { causalEffect } from "../../src/neurons/patching.js";
import { near } from "../support/expected.js";
import { formulas, formulaValues, setOf, vectors } from "../support/formulas.js";
import { loadTiny } from "../support/tiny.js";

const engine = new Engine({ threads: 2, provider: "cpu" });
const { prompts, texts, newTokens } = formulas;
const settings = { newTokens, stopTokens: [] };
const bare = await loadTiny(engine, "gqa");
const first = await loadTiny(engine, "gqa", "ia3-a");
const second = await loadTiny(engine, "gqa", "ia3-a", "ia3-b");
const ids = (rows: readonly Generation[]) => rows.map((row) => row.ids);

test("both models write what torch wrote", async () => {
  for (const [model, wanted] of [
    [bare, texts.bare],
    [first, texts.first],
    [second, texts.second],
  ] as const)
    assert.equal(ids(await generate(model, prompts, settings)), wanted);
});

for (const name of Object.keys(formulas.sets))
  test(`patching ${name} writes the tokens of the definition, batched and one by one`, async () => {
    const interventions = [patch(setOf(first, name), second)];
    for (const batch of [undefined, 1, 3])
      assert.equal(ids(await generate(first, prompts, { ...settings, interventions, batch })), formulas.patched[name], `batch ${batch}`);
  });

for (const positions of ["prompt", "generated"] as const)
  test(`patching at ${positions} positions alone writes the tokens of the definition`, async () => {
    const interventions = [patch(setOf(first, "top25"), second, { positions })];
    assert.equal(ids(await generate(first, prompts, { ...settings, interventions })), formulas.patchedAt[positions]);
  });

test("two patches of halves are one patch of the whole", async () => {
  const whole = setOf(first, "top25");
  const interventions = [patch(whole.window(0, 7), second), patch(whole.window(7, 16), second)];
  assert.equal(ids(await generate(first, prompts, { ...settings, interventions })), formulas.patched.top25);
});

test("an empty set changes nothing", async () => {
  const interventions = [patch(setOf(first, "top5").top(0), second), zero(setOf(first, "top5").top(0))];
  assert.equal(ids(await generate(first, prompts, { ...settings, interventions })), texts.first);
});

test("logits under every intervention are those of the definition", async () => {
  const set = setOf(first, "top25");
  const means = vectors(formulaValues.get("first/predicting/mean_first")!.data, first.config.neurons);
  const cases = {
    none: [],
    patch: [patch(set, second)],
    zero: [zero(set)],
    mean: [mean(set, means)],
    scale: [scale(set, 2)],
    add: [add(set, 0.5)],
  };
  for (const [name, interventions] of Object.entries(cases)) {
    const rows = await score(first, prompts, { completions: texts.first, logits: "all", interventions });
    for (const [i, row] of rows.entries()) near(row.logits!.data, formulaValues.get(`logits/${name}/${i}`)!.data, 1e-4, `${name} ${i}`);
  }
});

test("patching every neuron of a pair that differs on down_proj alone gives the donor's text and logits", async () => {
  const interventions = [patch("mlp.hook_post", second)];
  assert.equal(ids(await generate(first, prompts, { ...settings, interventions })), texts.second);
  const patched = await score(first, prompts, { completions: texts.second, logits: "all", interventions });
  const donor = await score(second, prompts, { completions: texts.second, logits: "all" });
  for (const [i, row] of patched.entries()) near(row.logits!.data, donor[i]!.logits!.data, 1e-5, `prompt ${i}`);
});

test("causal effect of a cost of the answers, by formula (2)", async () => {
  const cost = ({ ids }: Generation) => ids.filter((id) => id < 32).length;
  const wanted = formulas.metrics.lowIds;
  let answers: { first: readonly Generation[]; second: readonly Generation[] } | undefined;
  for (const name of Object.keys(formulas.sets)) {
    const result = await causalEffect(first, {
      ...settings,
      prompts,
      cost,
      from: second,
      neurons: setOf(first, name),
      answers,
      draws: 200,
    });
    answers = result.answers;
    assert.equal(ids(result.answers.patched), formulas.patched[name]);
    near([result.effect.first.value], [wanted.first.reduce((a, b) => a + b) / 4], 1e-12);
    near([result.effect.second.value], [wanted.second.reduce((a, b) => a + b) / 4], 1e-12);
    near([result.effect.patched.value], [wanted.patched[name]!.reduce((a, b) => a + b) / 4], 1e-12);
    near([result.effect.gap.value * wanted.effect[name]!], [result.effect.patched.value - result.effect.first.value], 1e-9);
    if (result.effect.effect) near([result.effect.effect.value], [wanted.effect[name]!], 1e-9);
  }
});

test("causal effect of a measure of the models themselves", async () => {
  const wanted = formulas.metrics.logProb;
  for (const name of ["top5", "top25", "random25", "all"]) {
    const { effect, ...rest } = await causalEffect(first, {
      from: second,
      neurons: setOf(first, name),
      draws: 200,
      measure: async (model, interventions) => {
        const rows = await generate(model, prompts, { ...settings, interventions });
        return (await score(bare, prompts, { completions: ids(rows) })).map((row) => row.total);
      },
    });
    assert.equal(rest, {});
    near([effect.first.value], [wanted.first.reduce((a, b) => a + b) / 4], 1e-3);
    near([effect.patched.value], [wanted.patched[name]!.reduce((a, b) => a + b) / 4], 1e-3);
    near([(effect.patched.value - effect.first.value) / effect.gap.value], [wanted.effect[name]!], 1e-4);
  }
});

test("positions of the patch are passed on", async () => {
  const cost = ({ ids }: Generation) => ids[0]!;
  const { answers } = await causalEffect(first, {
    ...settings,
    prompts,
    cost,
    from: second,
    neurons: setOf(first, "top25"),
    positions: "generated",
  });
  assert.equal(ids(answers.patched), formulas.patchedAt.generated);
});

test("a cost that is no function, or no finite number, is refused", async () => {
  const common = { ...settings, prompts, from: second, neurons: setOf(first, "top5") };
  for (const cost of [undefined, 3, () => Number.NaN, async () => Number.POSITIVE_INFINITY])
    await causalEffect(first, { ...common, cost: cost as () => number }).then(
      () => assert.unreachable("accepted"),
      (error: unknown) => assert.instance(error, OptionError),
    );
});

test.after(() => engine.dispose());
test.run();

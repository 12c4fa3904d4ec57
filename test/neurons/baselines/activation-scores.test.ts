import { test } from "uvu";
import * as assert from "uvu/assert";
import { Engine } from "../../../src/engine/engine.js";
import { OptionError } from "../../../src/errors.js";
import { snTuneScores, wandaScores } from "../../../src/neurons/baselines/activation-scores.js";
import { capture } from "../../../src/neurons/capture.js";
import { contrast } from "../../../src/neurons/contrast.js";
import { valueNorms } from "../../../src/neurons/value-vectors.js";
import { expectedValues, nearEach, readJson } from "../../support/expected.js";
import { loadTiny } from "../../support/tiny.js";

const engine = new Engine({ threads: 2, provider: "cpu" });
const { prompts, counts } = readJson<{ prompts: number[][]; counts: Record<string, number> }>("baselines", "expected.json");
const values = expectedValues("baselines");
const model = await loadTiny(engine, "gqa", "ia3-a");
const baselines = { wanda: wandaScores, "sn-tune": snTuneScores };

for (const [name, scoresOf] of Object.entries(baselines))
  for (const positions of ["prompt", "prompt-last"] as const)
    test(`${name} at ${positions} equals torch's, in batches too`, async () => {
      for (const batch of [undefined, 1]) {
        const scores = await scoresOf(model, prompts, { positions, batch });
        assert.is(scores.count, counts[positions]);
        nearEach(scores.values, values.get(`${name}/${positions}`)!.data, 1e-4, 1e-6, name);
        assert.equal([scores.score, scores.positions], [name, positions]);
      }
    });

test("the scores by hand, from captured activations: root of summed squares, mean of absolute values", async () => {
  const { sites } = await capture(model, prompts, { sites: "blocks.1.mlp.hook_post" });
  const { data, units, rows } = sites.get("blocks.1.mlp.hook_post")!;
  const column = (unit: number) => rows.map((_, row) => data[row * units + unit]!);
  const [wanda, snTune] = [await wandaScores(model, prompts), await snTuneScores(model, prompts)];
  const root = Math.hypot(...column(5));
  const mean = column(5).reduce((sum, x) => sum + Math.abs(x), 0) / rows.length;
  nearEach([wanda.values[32 + 5]!], [root * valueNorms(model, "l1")[32 + 5]!], 1e-5, 0, "wanda");
  nearEach([snTune.values[32 + 5]!], [mean * valueNorms(model, "l2")[32 + 5]!], 1e-5, 0, "sn-tune");
});

test("baselines rank and select as change scores do, and compare with them", async () => {
  const wanda = await wandaScores(model, prompts, { excludeLastLayers: 1 });
  assert.is(wanda.ranked().length, 32);
  const set = wanda.top(0.25);
  assert.is(set.count, 8);
  assert.is(set.perLayer()[1], 0);
  assert.equal((set.origin as { selection: object }).selection, {
    score: "wanda",
    top: 0.25,
    excludeLastLayers: 1,
    positions: "prompt",
    count: counts.prompt,
  });
  const change = await contrast(model, await loadTiny(engine, "gqa", "ia3-a", "ia3-b"), prompts, {
    positions: "prompt",
    completions: [[1], [2], [3]],
  });
  const rho = change.excluding(1).by("change").spearman(wanda, { over: "all" });
  assert.ok(rho >= -1 && rho <= 1);
  assert.is(wanda.spearman(wanda, { over: "all" }), 1);
});

test("positions that no prompt has are refused, and an abort is heard", async () => {
  await wandaScores(model, prompts, { positions: "generated" }).then(
    () => assert.unreachable("accepted no positions"),
    (error: Error) => assert.ok(error instanceof OptionError && /positions that these prompts have/.test(error.message), error.message),
  );
  await snTuneScores(model, prompts, { signal: AbortSignal.abort(new Error("enough")) }).then(
    () => assert.unreachable("went on"),
    (error: Error) => assert.is(error.message, "enough"),
  );
});

test.after(() => engine.dispose());
test.run();

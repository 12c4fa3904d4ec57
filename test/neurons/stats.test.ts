import { test } from "uvu";
import * as assert from "uvu/assert";
import { Engine } from "../../src/engine/engine.js";
import { OptionError, SiteError } from "../../src/errors.js";
import { hasLayer, SITE_KINDS, siteName } from "../../src/models/sites.js";
import { capture } from "../../src/neurons/capture.js";
import { stats } from "../../src/neurons/stats.js";
import { nearEach } from "../support/expected.js";
import { loadTiny, randomPrompts } from "../support/tiny.js";

const engine = new Engine({ threads: 2, provider: "cpu" });
const prompts = randomPrompts(51, 7, 2, 12);
const completions = randomPrompts(52, 7, 0, 6);
const kinds = SITE_KINDS.filter((kind) => !kind.endsWith("pattern"));

for (const folder of ["gqa", "odd-head"])
  for (const kind of kinds)
    test(`${folder}: mean and variance of ${kind} equal those of what is captured`, async () => {
      const model = await loadTiny(engine, folder);
      for (const positions of ["all", "predicting"] as const) {
        const got = await stats(model, prompts, { site: kind, positions, completions, batch: 3 });
        const { sites } = await capture(model, prompts, { sites: kind, positions, completions });
        assert.is(got.site, kind);
        assert.is(got.layers, hasLayer(kind) ? model.config.layers : 1);
        for (let layer = 0; layer < got.layers; layer++) {
          const { data, units, rows } = sites.get(siteName(kind, layer))!;
          assert.is(got.count, rows.length);
          const column = (unit: number) => rows.map((_, row) => data[row * units + unit]!);
          const means = Array.from({ length: units }, (_, unit) => column(unit).reduce((a, b) => a + b, 0) / rows.length);
          const variances = means.map((m, unit) => column(unit).reduce((sum, x) => sum + (x - m) ** 2, 0) / rows.length);
          nearEach(got.mean.subarray(layer * units, (layer + 1) * units), means, 1e-4, 1e-6, `${kind} ${layer} mean`);
          nearEach(got.variance.subarray(layer * units, (layer + 1) * units), variances, 1e-4, 1e-6, `${kind} ${layer} variance`);
          nearEach(got.means().get(layer)!, means, 1e-4, 1e-6, `${kind} ${layer} means()`);
        }
      }
    });

test("the neurons are the default, and the table has a row for each", async () => {
  const got = await stats(await loadTiny(engine, "gqa"), prompts);
  assert.is(got.site, "blocks.N.mlp.hook_post");
  assert.is(got.table().numRows(), 64);
  assert.equal(got.table().columnNames(), ["layer", "unit", "mean", "std"]);
});

test("several kinds, the pattern, unknown sites and no positions are refused", async () => {
  const model = await loadTiny(engine, "gqa");
  const cases: [object, new (...args: never[]) => Error, RegExp][] = [
    [{ site: "hook_resid_*" }, OptionError, /one kind of site/],
    [{ site: "attn.hook_pattern" }, OptionError, /one value a unit/],
    [{ site: "nowhere" }, SiteError, /no such site/],
    [{ positions: "generated" }, OptionError, /positions that these texts have/],
  ];
  for (const [options, kind, message] of cases)
    await stats(model, prompts, options).then(
      () => assert.unreachable(`accepted ${message}`),
      (error: Error) => assert.ok(error instanceof kind && message.test(error.message), error.message),
    );
});

test.after(() => engine.dispose());
test.run();

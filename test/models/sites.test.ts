import { test } from "uvu";
import * as assert from "uvu/assert";
import { SiteError } from "../../src/errors.js";
import type { DecoderConfig } from "../../src/models/config.js";
import { allSites, matchSites, SITE_KINDS, siteShape } from "../../src/models/sites.js";

const config = { layers: 3, hidden: 24, neurons: 40, heads: 6, kvHeads: 2, headSize: 10, vocabulary: 99 } as DecoderConfig;
const names = (pattern: string, layers?: number[]) => matchSites(pattern, config, layers).map((site) => site.name);

test("every site of every layer, in computing order", () => {
  const all = allSites(3).map((site) => site.name);
  assert.is(all.length, 3 + 3 * (SITE_KINDS.length - 3));
  assert.is(new Set(all).size, all.length);
  assert.equal([all[0], all[1], ...all.slice(-2)], ["hook_embed", "blocks.0.hook_resid_pre", "ln_final.hook_normalized", "logits"]);
  assert.ok(all.indexOf("blocks.1.mlp.hook_post") < all.indexOf("blocks.1.hook_resid_post"));
  assert.ok(all.indexOf("blocks.1.hook_resid_post") < all.indexOf("blocks.2.hook_resid_pre"));
});

test("a name, a glob, a kind and its short forms", () => {
  const posts = [0, 1, 2].map((n) => `blocks.${n}.mlp.hook_post`);
  assert.equal(names("blocks.1.mlp.hook_post"), [posts[1]]);
  for (const pattern of ["blocks.*.mlp.hook_post", "blocks.N.mlp.hook_post", "mlp.hook_post", "mlp.post"])
    assert.equal(names(pattern), posts);
  assert.equal(
    names("resid_post"),
    [0, 1, 2].map((n) => `blocks.${n}.hook_resid_post`),
  );
  assert.equal(names("logits"), ["logits"]);
  assert.equal(names("ln_final.hook_normalized"), ["ln_final.hook_normalized"]);
  assert.equal(
    names("blocks.0.attn.hook_*"),
    ["q", "k", "v", "pattern", "z"].map((x) => `blocks.0.attn.hook_${x}`),
  );
  assert.equal(
    names("hook_resid_*", [1]),
    ["pre", "mid", "post"].map((x) => `blocks.1.hook_resid_${x}`),
  );
});

test("layers narrow a pattern and count from the end when negative", () => {
  assert.equal(names("mlp.hook_post", [-1, 0]), ["blocks.0.mlp.hook_post", "blocks.2.mlp.hook_post"]);
  assert.equal(names("hook_embed", [1]), ["hook_embed"]);
  assert.throws(
    () => names("mlp.hook_post", [3]),
    (error: unknown) => error instanceof SiteError && /layer 3 is outside 0\.\.2/.test(error.message),
  );
  for (const layer of [-4, 0.5]) assert.throws(() => names("mlp.hook_post", [layer]), /is outside 0\.\.2/);
});

test("unknown names are refused with the kinds that exist; patterns hold no regular expressions", () => {
  for (const pattern of ["mlp.hook_pst", "", "blocks.3.hook_resid_post", "blocks..hook_resid_post", ".*", "blocks.(0|1).hook_resid_post"])
    assert.throws(
      () => names(pattern),
      (error: unknown) => error instanceof SiteError && error.site === pattern && error.message.includes("blocks.N.mlp.hook_post"),
    );
});

test("shapes of sites", () => {
  const sizes = Object.fromEntries(SITE_KINDS.map((kind) => [kind, siteShape(kind, config)]));
  assert.equal(sizes["blocks.N.attn.hook_q"], { units: 60, axes: ["head", "dim"], sizes: [6, 10] });
  assert.equal(sizes["blocks.N.attn.hook_z"], { units: 60, axes: ["head", "dim"], sizes: [6, 10] });
  assert.equal(sizes["blocks.N.attn.hook_k"], { units: 20, axes: ["head", "dim"], sizes: [2, 10] });
  assert.equal(sizes["blocks.N.attn.hook_v"], { units: 20, axes: ["head", "dim"], sizes: [2, 10] });
  assert.is(sizes["blocks.N.attn.hook_pattern"]!.units, 6);
  assert.is(sizes["blocks.N.mlp.hook_post"]!.units, 40);
  assert.is(sizes["blocks.N.mlp.hook_pre_linear"]!.units, 40);
  assert.is(sizes.logits!.units, 99);
  assert.is(sizes["blocks.N.hook_resid_mid"]!.units, 24);
});

test.run();

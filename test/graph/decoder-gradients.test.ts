import { test } from "uvu";
import * as assert from "uvu/assert";
import * as g from "../../src/graph/index.js";
import { INPUTS } from "../../src/models/attention.js";
import { decoder } from "../../src/models/decoder.js";
import { readConfig } from "../../src/models/families.js";
import "../../src/models/families/index.js";
import { inverseFrequencies, rotaryTables } from "../../src/models/rope.js";
import { openCheckpoint } from "../../src/weights/checkpoint.js";
import { readFloat32 } from "../../src/weights/safetensors.js";
import { expectedValues, nearRelative, readJson } from "../support/expected.js";
import { fixture } from "../support/paths.js";
import { type Fed, runGraph } from "../support/run-graph.js";

interface Expected {
  readonly texts: number[][];
  readonly promptLengths: number[];
  readonly loss: number;
}

const all = readJson<Record<string, Expected>>("gradients", "expected.json");
const values = expectedValues("gradients");

for (const name of ["gqa", "bias"])
  test(`${name}: loss and gradients of scales, weights, norms, embedding and a site are torch's`, async () => {
    const { texts, promptLengths, loss: wantedLoss } = all[name]!;
    const checkpoint = openCheckpoint(fixture("tiny", name));
    const config = readConfig("config.json", checkpoint.config, []);
    const weights = new Map<string, g.Tensor>();
    const feeds: Record<string, Fed> = {};
    const scales = g.input("scales", "float32", [config.layers, 1, config.neurons]);
    const cut = g.split(scales, new Array<number>(config.layers).fill(1), 0);
    let site: g.Tensor | undefined;
    const read = decoder(
      config,
      (key, shape) => {
        const known = weights.get(key) ?? g.input(key, "float32", shape);
        weights.set(key, known);
        feeds[key] = { dims: shape, data: [...readFloat32(checkpoint.tensors.get(key)!)] };
        return known;
      },
      {
        attention: "explicit",
        everyLogit: false,
        onSite: (at, value) => {
          if (at.name === "blocks.0.hook_resid_post") site = value;
          return value;
        },
        scale: (layer, module, side) => (module === "down_proj" && side === "input" ? cut[layer] : undefined),
      },
    );
    const logits = read.logits();
    const targets = g.input("targets", "int64", ["rows", 1]);
    const logprobs = g.sub(g.gatherElements(logits, targets, 1), g.logSumExp(logits, { axes: [1], keep: true }));
    const loss = g.neg(g.mean(logprobs));
    const wanted = new Map([["scales", scales], ["site", site!], ...weights]);
    const made = g.gradients(loss, [...wanted.values()]);
    const outputs = Object.fromEntries([...wanted.keys()].map((key, i) => [`gradient/${key}`, made[i]!]));

    const [batch, time] = [texts.length, Math.max(...texts.map((text) => text.length))];
    const rows = texts.flatMap((text, lane) => text.slice(promptLengths[lane]).map((_, i) => lane * time + promptLengths[lane]! - 1 + i));
    feeds.rows = { dtype: "int64", dims: [rows.length], data: rows };
    feeds.targets = { dtype: "int64", dims: [rows.length, 1], data: texts.flatMap((text, lane) => text.slice(promptLengths[lane])) };
    feeds.ids = { dtype: "int64", dims: [batch, time], data: texts.flatMap((text) => [...text, ...new Array(time - text.length).fill(0)]) };
    feeds.scales = { dims: [config.layers, 1, config.neurons], data: [...values.get(`${name}/scales`)!.data] };
    const { cos, sin } = rotaryTables(inverseFrequencies(config), time);
    feeds[INPUTS.cos] = { dims: [time, config.headSize / 2], data: [...cos] };
    feeds[INPUTS.sin] = { dims: [time, config.headSize / 2], data: [...sin] };
    feeds[INPUTS.positions] = { dtype: "int64", dims: [batch, time], data: Array.from({ length: batch * time }, (_, i) => i % time) };
    const bias = Array.from({ length: batch * time * time }, (_, i) => (i % time <= Math.floor(i / time) % time ? 0 : -1e30));
    feeds[INPUTS.bias] = { dims: [batch, 1, time, time], data: bias };
    for (let layer = 0; layer < config.layers; layer++)
      for (const key of [INPUTS.pastKey(layer), INPUTS.pastValue(layer)])
        feeds[key] = { dims: [batch, config.kvHeads, 0, config.headSize], data: [] };

    const got = await runGraph({ loss, ...outputs }, feeds);
    nearRelative(got.loss!.data, [wantedLoss], 1e-5, "loss");
    const gradientOfSite = got["gradient/site"]!.data;
    const checked = [...values.keys()].filter((key) => key.startsWith(`${name}/gradient/`));
    assert.ok(checked.length >= 14);
    for (const key of checked) {
      const lane = /site\/(\d)$/.exec(key)?.[1];
      const start = Number(lane) * time * config.hidden;
      const data = lane
        ? gradientOfSite.slice(start, start + texts[Number(lane)]!.length * config.hidden)
        : got[key.slice(name.length + 1)]!.data;
      nearRelative(data, values.get(key)!.data, 1e-5, key);
    }
  });

test.run();

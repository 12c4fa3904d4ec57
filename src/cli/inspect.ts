/** @file `neuronbook inspect`: what a checkpoint is, without reading its weights. */
import type { Command } from "commander";
import type { Model } from "../engine/model.js";
import type { DecoderConfig } from "../models/config.js";
import { hasLayer, SITE_KINDS, siteShape } from "../models/sites.js";
import type { Adapter, Ia3Scale, LoraUpdate } from "../weights/peft.js";
import { openModel, withEngine } from "./models.js";
import { grouped, megabytes, short } from "./numbers.js";
import { inputName } from "./option-values.js";
import { type Outcome, type Run, runs } from "./run.js";
import { examples } from "./run-options.js";

interface Options {
  readonly adapter: readonly string[];
}

export function inspectCommand(program: Command, run: Run): void {
  const command = program
    .command("inspect")
    .description("Show a checkpoint's shapes, sites and sizes, and those of adapters.")
    .argument("<model>", "name on Hugging Face, or folder", inputName("the name of a model"))
    .option(
      "--adapter <adapter>",
      "an (IA)^3 or LoRA adapter of it: name, folder or file; may be given several times",
      (name: string, before: readonly string[]) => [...before, inputName("the name of an adapter")(name)],
      [],
    );
  examples(
    command,
    "neuronbook inspect HuggingFaceTB/SmolLM2-135M-Instruct",
    "neuronbook inspect ./llama --adapter ./sft --adapter ./dpo --json",
  );
  runs<Options>(command, run, work);
}

async function work({ adapter }: Options, [name]: readonly string[], run: Run): Promise<Outcome> {
  return withEngine(undefined, async (engine) => {
    const model = await openModel(name, adapter, engine, run);
    const json = describe(model);
    return { json, text: readable(json) };
  });
}

type Description = ReturnType<typeof describe>;

function describe({ checkpoint, config, adapters }: Model) {
  const tensors = [...checkpoint.tensors.values()];
  const parameters = tensors.reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0);
  const { ropeTheta, ropeScaling, ...shapes } = config;
  return {
    model: checkpoint.name,
    folder: checkpoint.folder,
    digest: checkpoint.digest,
    ...shapes,
    rope: { theta: ropeTheta, scaling: ropeScaling },
    dtypes: [...new Set(tensors.map(({ dtype }) => dtype))].sort(),
    parameters,
    bytes: {
      disk: tensors.reduce((sum, { bytes }) => sum + bytes, 0),
      /** of one session: it computes in float32 */
      memory: 4 * parameters,
    },
    files: new Set(tensors.map(({ file }) => file)).size,
    tokenizer: checkpoint.file("tokenizer.json") !== undefined,
    sites: sitesOf(config),
    adapters: adapters.map(describeAdapter),
  };
}

const sitesOf = (config: DecoderConfig) =>
  SITE_KINDS.map((kind) => {
    const { axes, sizes } = siteShape(kind, config);
    const pattern = kind === "blocks.N.attn.hook_pattern";
    return {
      site: kind,
      layers: hasLayer(kind) ? config.layers : null,
      axes: ["position", ...axes, ...(pattern ? ["key"] : [])],
      /** null: depends on the text */
      shape: [null, ...sizes, ...(pattern ? [null] : [])],
    };
  });

function describeAdapter(adapter: Adapter) {
  const { name, folder, digest } = adapter;
  return adapter.type === "ia3"
    ? { type: adapter.type, name, folder, digest, modules: grouping(adapter.scales, (of) => `${of.module} ${of.side}`).map(describeScales) }
    : { type: adapter.type, name, folder, digest, modules: grouping(adapter.updates, (of) => of.module).map(describeUpdates) };
}

function grouping<T>(list: readonly T[], key: (item: T) => string): T[][] {
  const groups = new Map<string, T[]>();
  for (const item of list) groups.set(key(item), [...(groups.get(key(item)) ?? []), item]);
  return [...groups.values()];
}

function describeUpdates(updates: readonly LoraUpdate[]) {
  const { module, rank, a, b } = updates[0];
  const distinct = (numbers: number[]) => [...new Set(numbers)].sort((x, y) => x - y);
  return {
    module,
    layers: updates.map(({ layer }) => layer),
    inputs: a.length / rank,
    outputs: b.length / rank,
    ranks: distinct(updates.map((update) => update.rank)),
    scalings: distinct(updates.map((update) => update.scaling)),
    /** Frobenius norms of `scaling * b @ a`: the smallest and the largest layer's */
    norms: [Math.min(...updates.map(updateNorm)), Math.max(...updates.map(updateNorm))],
  };
}

/** By the traces of small products: the weight-sized product is never made. */
function updateNorm({ rank, a, b, scaling }: LoraUpdate): number {
  const [inputs, outputs] = [a.length / rank, b.length / rank];
  let squares = 0;
  for (let r = 0; r < rank; r++)
    for (let s = 0; s < rank; s++) {
      let [left, right] = [0, 0];
      for (let i = 0; i < inputs; i++) left += a[r * inputs + i] * a[s * inputs + i];
      for (let o = 0; o < outputs; o++) right += b[o * rank + r] * b[o * rank + s];
      squares += left * right;
    }
  return Math.abs(scaling) * Math.sqrt(Math.max(squares, 0));
}

function describeScales(scales: readonly Ia3Scale[]) {
  const { module, side, values } = scales[0];
  const all = scales.flatMap((scale) => [...scale.values]);
  const mean = all.reduce((sum, value) => sum + value, 0) / all.length;
  return {
    module,
    side,
    layers: scales.map(({ layer }) => layer),
    features: values.length,
    mean,
    std: Math.sqrt(all.reduce((sum, value) => sum + (value - mean) ** 2, 0) / all.length),
    min: all.reduce((a, b) => Math.min(a, b)),
    max: all.reduce((a, b) => Math.max(a, b)),
    /** scales that change nothing */
    ones: all.filter((value) => value === 1).length,
  };
}

function readable(of: Description): string {
  const rows: [string, string][] = [
    ["model", of.model],
    ["folder", of.folder],
    ["digest", of.digest.slice(0, 16)],
    ["family", of.family],
    ["layers", `${of.layers}`],
    ["hidden size", `${grouped(of.hidden)}`],
    ["neurons", `${grouped(of.neurons)} a layer, ${grouped(of.layers * of.neurons)} in all, ${of.activation}`],
    ["heads", `${of.heads} of size ${of.headSize}, ${of.kvHeads} for keys and values`],
    ["vocabulary", `${grouped(of.vocabulary)}, unembedding ${of.tied ? "tied" : "of its own"}`],
    ["longest text", `${grouped(of.maxPositions)} tokens`],
    ["rope", `base ${grouped(of.rope.theta)}, ${scalingOf(of.rope.scaling)}`],
    ["biases", ["qkvBias", "outputBias", "mlpBias"].filter((key) => of[key as "mlpBias"]).join(", ") || "none"],
    ["stop tokens", of.stopTokens.join(", ") || "none"],
    ["tokenizer", of.tokenizer ? "yes" : "no: give prompts as promptIds"],
    [
      "weights",
      `${grouped(of.parameters)} parameters, ${of.dtypes.join(", ")}, ${of.files} file${of.files === 1 ? "" : "s"}, ${megabytes(of.bytes.disk)}`,
    ],
    ["in memory", `about ${megabytes(of.bytes.memory)} a session (float32)`],
  ];
  const lines = rows.map(([label, value]) => `${label.padEnd(13)} ${value}`);
  lines.push("", "Sites (N: each layer)");
  for (const { site, axes, shape } of of.sites)
    lines.push(`  ${site.padEnd(28)} (${axes.map((axis, i) => (shape[i] === null ? axis : `${axis} ${shape[i]}`)).join(", ")})`);
  for (const adapter of of.adapters) {
    lines.push("", `${adapter.type === "ia3" ? "(IA)^3" : "LoRA"} adapter ${adapter.name}, digest ${adapter.digest.slice(0, 16)}`);
    if (adapter.type === "lora")
      for (const { module, layers, inputs, outputs, ranks, scalings, norms } of adapter.modules)
        lines.push(
          `  ${module}: (${outputs}, ${inputs}) of rank ${ranks.join(", ")} in each of ${layers.length} layers (${layers[0]} to ${layers.at(-1)}), ` +
            `scaled by ${scalings.map(short).join(", ")}; norms ${norms.map(short).join(" to ")}`,
        );
    else
      for (const { module, side, layers, features, ...scale } of adapter.modules)
        lines.push(
          `  ${side} of ${module}: ${features} scales in each of ${layers.length} layers (${layers[0]} to ${layers.at(-1)}), ` +
            `mean ${short(scale.mean)}, std ${short(scale.std)}, ${short(scale.min)} to ${short(scale.max)}; ${grouped(scale.ones)} are 1`,
        );
  }
  return lines.join("\n");
}

function scalingOf(scaling: DecoderConfig["ropeScaling"]): string {
  if (scaling.type === "default") return "not scaled";
  const { type, ...rest } = scaling;
  return `${type} scaling (${Object.entries(rest)
    .map(([key, value]) => `${key} ${value}`)
    .join(", ")})`;
}

/** @file What a training leaves beside its adapter: record.json for programs, README.md for people. */
import type { Model } from "../engine/model.js";
import type { DpoFit, SftFit } from "./held-out.js";
import type { Evaluation, TrainingRecord } from "./training.js";

export interface AdapterSettings {
  readonly steps: number;
  readonly batch: number;
  readonly learningRate: number;
  readonly seed: number;
  /** longest text: answers are cut, examples whose prompt leaves no room for one are left out */
  readonly maxTokens: number;
  /** make each plain prompt one user message in chat form */
  readonly chat: boolean;
  /** DPO alone */
  readonly beta?: number;
  /** measure on held-out examples every so many steps, and at the end */
  readonly evaluateEvery: number;
}

export interface AdapterRecord {
  /** that makes the same again */
  readonly command: string;
  /** what decides the result: kind, model, digests of the data, settings */
  readonly request: object;
  readonly data: {
    readonly examples: string;
    readonly heldOut: string | null;
    readonly count: number;
    readonly heldOutCount: number;
    /** examples without room for an answer */
    readonly leftOut: number;
  };
  /** on held-out examples, before the first step; null where there is nothing to measure (DPO starts at margin 0) */
  readonly before: SftFit | DpoFit | null;
  /** on held-out examples, the last one after the last step */
  readonly evaluations: readonly Evaluation[];
  /** training numbers of each step, five digits */
  readonly history: readonly { readonly loss: number; readonly margin?: number; readonly accuracy?: number }[];
  readonly threads: number;
  readonly provider: string;
  readonly origin: TrainingRecord["origin"];
}

export function adapterReadme({ command, request, data, before, evaluations, history }: AdapterRecord, name: string): string {
  const { model, data: digests } = request as { model: { model: string; adapters: { name: string }[] }; data: { examples: string } };
  const below = model.adapters.map((adapter) => adapter.name);
  const lines = [
    `# ${name}`,
    "",
    `(IA)^3 adapter of ${model.model}, in PEFT's form${below.length === 0 ? "" : `; goes on top of ${below.join(", ")} (scales multiply)`}. Made with`,
    "",
    "```",
    command,
    "```",
    "",
    `from ${data.count} examples (sha256 ${digests.examples.slice(0, 16)}…), held-out: ${data.heldOutCount}.`,
    "",
    `Training loss: ${fixed(history[0].loss)} at the first step, ${fixed(history.at(-1)!.loss)} at the last.`,
  ];
  const last = evaluations.at(-1);
  if (before !== null) lines.push(`Held-out, before: ${shown(before)}.`);
  if (last !== undefined) lines.push(`Held-out, after ${last.step} steps: ${shown(last.value as SftFit)}.`);
  return `${lines.join("\n")}\n`;
}

/** The run as a command, with its defaults written out. */
export function trainCommand(run: {
  readonly kind: "sft" | "dpo";
  readonly model: Pick<Model, "name" | "adapters">;
  readonly source: { readonly examples: string; readonly heldOut: string | null };
  /** first examples of the data */
  readonly limit?: number;
  readonly out: string;
  readonly settings: AdapterSettings;
}): string {
  const { kind, model, source, out, settings, limit } = run;
  const { steps, batch, learningRate, beta, maxTokens, seed, chat, evaluateEvery } = settings;
  const options: readonly (readonly [string, string | number | undefined])[] = [
    ["model", model.name],
    ["adapter", model.adapters.map(({ name }) => name).join(",") || undefined],
    ["data", source.examples],
    ["held-out", source.heldOut ?? undefined],
    ["limit", limit],
    ["out", out],
    ["steps", steps],
    ["batch", batch],
    ["lr", learningRate],
    ["beta", kind === "dpo" ? beta : undefined],
    ["max-tokens", maxTokens],
    ["eval-every", evaluateEvery],
    ["seed", seed],
  ];
  const given = options.flatMap(([name, value]) => (value === undefined ? [] : [`--${name} ${quoted(String(value))}`]));
  return `neuronbook train ${kind} ${[...given, ...(chat ? ["--chat"] : [])].join(" ")}`;
}

const quoted = (text: string): string => (/^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`);

/** `loss 0.63, margin 0.26, accuracy 0.64` */
export const shown = (fit: object): string =>
  Object.entries(fit as Record<string, number>)
    .map(([name, value]) => `${name} ${fixed(value)}`)
    .join(", ");

const fixed = (value: number): string => value.toFixed(3);

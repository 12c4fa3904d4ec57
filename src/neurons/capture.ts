/** @file Activations of named sites at chosen positions, from given texts or while a text is written. */
import { type GenerateOptions, type Generation, generateTexts } from "../engine/generate.js";
import type { Intervention } from "../engine/interventions.js";
import type { Model } from "../engine/model.js";
import { PLAN } from "../engine/plan.js";
import { checkPositions, meansPosition, type Positions } from "../engine/positions.js";
import { encodePrompts, type Prompt } from "../engine/prompts.js";
import { textsOf } from "../engine/score.js";
import { longest, type RunOptions, scoreTexts } from "../engine/score-texts.js";
import { OptionError, SiteError } from "../errors.js";
import { matchSites, type Site, siteShape } from "../models/sites.js";
import { type ActivationRow, Activations } from "./activations.js";

export interface CaptureOptions extends RunOptions {
  /** names, kinds or globs, e.g. `"blocks.*.mlp.hook_post"` or `["hook_resid_post", "logits"]` */
  sites: string | readonly string[];
  /** keep these layers only; negative ones count from the end */
  layers?: readonly number[];
  /** default `"all"` */
  positions?: Positions;
  /** text or token ids that follows each prompt */
  completions?: readonly (string | readonly number[] | Int32Array)[];
  /** capture while generating with these options; without it the prompts (and completions) are read once */
  generate?: Omit<GenerateOptions, keyof RunOptions | "chat" | "interventions">;
  chat?: boolean;
  interventions?: readonly Intervention[];
  /** called before anything runs, with the bytes that the result will hold; while generating, the most it may hold */
  onBytes?: (bytes: number) => void;
  /** refuses to run when the result would hold more; default 2 GiB */
  maxBytes?: number;
}

/** Captured activations by site name, in computing order; `texts` holds what was written when capturing while generating. */
export interface Capture {
  readonly sites: ReadonlyMap<string, Activations>;
  readonly texts?: readonly Generation[];
}

/**
 * @throws SiteError for unknown sites; OptionError when the result would exceed `maxBytes`, with the bytes it would take
 */
export async function capture(model: Model, prompts: readonly Prompt[], options: CaptureOptions): Promise<Capture> {
  const { config } = model;
  const positions = checkPositions(options.positions ?? "all");
  const sites = sitesOf(options, config);
  if (options.generate) return captureWhileGenerating(model, prompts, sites, positions, options);
  const texts = await textsOf(model, prompts, options);
  const counts = texts.map(({ ids, promptLength }) => count(positions, promptLength, ids.length));
  const lengths = texts.map(({ ids }) => ids.length);
  announce(sites, model, counts, lengths, options);
  const collected = new Collected(sites, model);
  await scoreTexts(model, texts, { ...options, captures: sites, positions }, ({ reply, indices }) => {
    const values = Object.fromEntries(sites.map((site) => [site.name, reply.outputs[PLAN.capture(site.name)].data as Float32Array]));
    collected.add(reply.captured!, indices, values, Math.max(...indices.map((i) => lengths[i])));
  });
  return { sites: collected.result((prompt, position) => texts[prompt].ids[position]) };
}

async function captureWhileGenerating(
  model: Model,
  prompts: readonly Prompt[],
  sites: readonly Site[],
  positions: Positions,
  options: CaptureOptions,
): Promise<Capture> {
  if (options.completions) throw new OptionError("completions", "completions", "none while generating");
  if (sites.some((site) => site.kind === "blocks.N.attn.hook_pattern"))
    throw new SiteError("blocks.N.attn.hook_pattern", "grows with every token; generate first, then capture with completions");
  const encoded = await encodePrompts(model, prompts, options.chat);
  const most = encoded.map(({ ids }) => ids.length + (options.generate!.newTokens ?? 32));
  const counts = encoded.map(({ ids }, i) => count(positions, ids.length, most[i]));
  announce(sites, model, counts, most, options);
  const { rows, captured } = await generateTexts(model, encoded, { ...options, ...options.generate }, { sites, positions });
  const collected = new Collected(sites, model);
  for (const { captured: rowsOf, indices } of captured) {
    const values = Object.fromEntries(sites.map((site) => [site.name, rowsOf.sites[site.name]]));
    collected.add(rowsOf, indices, values, 0);
  }
  // a text that a stop string cut goes on in the batch for a few tokens
  const texts = rows.map(({ promptIds, ids }) => [...promptIds, ...ids]);
  const tokenAt = (prompt: number, position: number) => texts[prompt][position];
  const kept = collected.result(tokenAt, (prompt, position) => {
    const { promptIds, ids } = rows[prompt];
    return meansPosition(positions, position, promptIds.length, promptIds.length + ids.length);
  });
  return { sites: kept, texts: rows };
}

function sitesOf({ sites, layers }: CaptureOptions, config: Model["config"]): Site[] {
  const found = new Map<string, Site>();
  for (const pattern of typeof sites === "string" ? [sites] : sites)
    for (const site of matchSites(pattern, config, layers)) found.set(site.name, site);
  if (found.size === 0) throw new OptionError("sites", sites, "at least one site");
  return [...found.values()];
}

const count = (positions: Positions, promptLength: number, length: number): number =>
  Array.from({ length }, (_, i) => i).filter((i) => meansPosition(positions, i, promptLength, length)).length;

function announce(
  sites: readonly Site[],
  model: Model,
  counts: readonly number[],
  lengths: readonly number[],
  options: CaptureOptions,
): void {
  const { maxBytes = 2 ** 31 } = options;
  const positions = counts.reduce((a, b) => a + b, 0);
  const most = longest(lengths);
  const bytes = sites.reduce((sum, { kind }) => {
    const keys = kind === "blocks.N.attn.hook_pattern" ? most : 1;
    return sum + 4 * positions * siteShape(kind, model.config).units * keys;
  }, 0);
  options.onBytes?.(bytes);
  if (bytes > maxBytes)
    throw new OptionError(
      "capture",
      `${sites.length} sites x ${positions} positions = ${size(bytes)}`,
      `at most ${size(maxBytes)}; name fewer sites, layers or positions, use stats() or contrast(), or raise maxBytes`,
    );
}

const size = (bytes: number): string => (bytes < 2 ** 20 ? `${bytes} bytes` : `${(bytes / 2 ** 20).toFixed(0)} MiB`);

/** Rows of all batches, put into the order of prompts and positions. */
class Collected {
  private readonly rows: { prompt: number; position: number; part: number; at: number }[] = [];
  private readonly parts: { values: Record<string, Float32Array>; rows: number; keys: number }[] = [];

  constructor(
    private readonly sites: readonly Site[],
    private readonly model: Model,
  ) {}

  /** @param keys number of keys of a pattern row in this part */
  add(
    captured: { readonly lanes: Int32Array; readonly positions: Int32Array },
    indices: readonly number[],
    values: Record<string, Float32Array>,
    keys: number,
  ): void {
    const part = this.parts.push({ values, rows: captured.lanes.length, keys }) - 1;
    captured.lanes.forEach((lane, at) => {
      this.rows.push({ prompt: indices[lane], position: captured.positions[at], part, at });
    });
  }

  result(
    tokenAt: (prompt: number, position: number) => number,
    keep: (prompt: number, position: number) => boolean = () => true,
  ): ReadonlyMap<string, Activations> {
    const ordered = this.rows
      .filter((row) => keep(row.prompt, row.position))
      .sort((a, b) => a.prompt - b.prompt || a.position - b.position);
    const rows: ActivationRow[] = ordered.map(({ prompt, position }) => ({ prompt, position, token: tokenAt(prompt, position) }));
    return new Map(this.sites.map((site) => [site.name, this.activations(site, ordered, rows)]));
  }

  private activations(site: Site, ordered: typeof this.rows, rows: readonly ActivationRow[]): Activations {
    const { units, axes, sizes } = siteShape(site.kind, this.model.config);
    const pattern = site.kind === "blocks.N.attn.hook_pattern";
    // keys are padded to the longest text of a batch; padding has weight 0
    const keys = pattern ? Math.max(0, ...this.parts.map((part) => part.keys)) : 1;
    const data = new Float32Array(rows.length * units * keys);
    ordered.forEach(({ part, at }, row) => {
      const { values, rows: count, keys: seen } = this.parts[part];
      const from = values[site.name];
      // a donor that reads a longer prompt makes the whole batch wider
      const width = pattern ? from.length / (count * units) : 1;
      for (let unit = 0; pattern && unit < units; unit++) {
        const start = (at * units + unit) * width;
        data.set(from.subarray(start, start + Math.min(width, seen)), (row * units + unit) * keys);
      }
      if (!pattern) data.set(from.subarray(at * units, (at + 1) * units), row * units);
    });
    const shape = pattern ? [rows.length, units, keys] : [rows.length, ...sizes];
    return new Activations({ site: site.name, shape, data, axes: ["position", ...axes, ...(pattern ? ["key"] : [])], rows });
  }
}

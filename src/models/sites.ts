/**
 * @file Sites: the places in a decoder that can be captured and changed, by their TransformerLens names.
 * A *kind* is a name with the layer left open (`blocks.N.mlp.hook_post`); a *site* is one place (`blocks.3.mlp.hook_post`).
 */
import { SiteError } from "../errors.js";
import type { DecoderConfig } from "./config.js";

/** Every kind, in the order in which the decoder computes them. */
export const SITE_KINDS = [
  "hook_embed",
  "blocks.N.hook_resid_pre",
  "blocks.N.attn.hook_q",
  "blocks.N.attn.hook_k",
  "blocks.N.attn.hook_v",
  "blocks.N.attn.hook_pattern",
  "blocks.N.attn.hook_z",
  "blocks.N.hook_attn_out",
  "blocks.N.hook_resid_mid",
  "blocks.N.mlp.hook_pre",
  "blocks.N.mlp.hook_pre_linear",
  "blocks.N.mlp.hook_post",
  "blocks.N.hook_mlp_out",
  "blocks.N.hook_resid_post",
  "ln_final.hook_normalized",
  "logits",
] as const;

export type SiteKind = (typeof SITE_KINDS)[number];

/** One place in the model. `layer` is 0 where the kind has no layer. */
export interface Site {
  readonly kind: SiteKind;
  readonly layer: number;
  readonly name: string;
}

/** The input of the down-projection after (IA)^3: where the paper's neurons are. */
export const NEURON_SITE: SiteKind = "blocks.N.mlp.hook_post";

export const hasLayer = (kind: SiteKind): boolean => kind.startsWith("blocks.");

export const siteName = (kind: SiteKind, layer: number): string => kind.replace("blocks.N.", `blocks.${layer}.`);

export function site(kind: SiteKind, layer = 0): Site {
  return { kind, layer, name: siteName(kind, layer) };
}

/**
 * What one position of a site holds: `units` values (or, for the attention pattern, `units` rows over the keys), shown to users with
 * `axes`, e.g. `["head", "dim"]` of sizes `[9, 64]`.
 */
export interface SiteShape {
  readonly units: number;
  readonly axes: readonly string[];
  readonly sizes: readonly number[];
}

export function siteShape(kind: SiteKind, config: DecoderConfig): SiteShape {
  const flat = (axis: string, units: number): SiteShape => ({ units, axes: [axis], sizes: [units] });
  const headed = (heads: number): SiteShape => ({ units: heads * config.headSize, axes: ["head", "dim"], sizes: [heads, config.headSize] });
  switch (kind) {
    case "blocks.N.attn.hook_q":
    case "blocks.N.attn.hook_z":
      return headed(config.heads);
    case "blocks.N.attn.hook_k":
    case "blocks.N.attn.hook_v":
      return headed(config.kvHeads);
    case "blocks.N.attn.hook_pattern":
      return flat("head", config.heads);
    case "blocks.N.mlp.hook_pre":
    case "blocks.N.mlp.hook_pre_linear":
    case "blocks.N.mlp.hook_post":
      return flat("neuron", config.neurons);
    case "logits":
      return flat("token", config.vocabulary);
    default:
      return flat("dim", config.hidden);
  }
}

/**
 * The sites that a name or glob stands for, in computing order. `*` stands for any run of characters within a part
 * (`blocks.*.mlp.hook_post`), `N` for every layer; the short forms of one kind (`mlp.hook_post`, `resid_post`) are understood too.
 * @param layers keep only these layers; negative ones count from the end
 * @throws SiteError when nothing matches, with the nearest names
 */
export function matchSites(pattern: string, config: Pick<DecoderConfig, "layers">, layers?: readonly number[]): Site[] {
  const kept = layers?.map((layer) => checkedLayer(pattern, layer, config.layers));
  const wanted = new RegExp(`^${pattern.split("*").map(literal).join("[^.]*")}$`);
  const found = allSites(config.layers).filter(
    ({ kind, layer, name }) =>
      (wanted.test(name) || wanted.test(kind) || wanted.test(shortName(kind)) || wanted.test(shortName(kind).replace("hook_", ""))) &&
      (!kept || !hasLayer(kind) || kept.includes(layer)),
  );
  if (found.length === 0)
    throw new SiteError(pattern, `no such site; this model has ${config.layers} layers and the kinds ${SITE_KINDS.join(", ")}`);
  return found;
}

export function allSites(layers: number): Site[] {
  const within = SITE_KINDS.filter(hasLayer);
  const [before, after] = [SITE_KINDS.slice(0, 1), SITE_KINDS.filter((kind) => !hasLayer(kind)).slice(1)];
  const blocks = Array.from({ length: layers }, (_, layer) => within.map((kind) => site(kind, layer)));
  return [...before.map((kind) => site(kind)), ...blocks.flat(), ...after.map((kind) => site(kind))];
}

const shortName = (kind: SiteKind): string => kind.replace("blocks.N.", "");

const literal = (text: string): string => text.replace(/[.+?^${}()|[\]\\]/g, "\\$&");

function checkedLayer(pattern: string, layer: number, layers: number): number {
  const at = layer < 0 ? layer + layers : layer;
  if (!Number.isInteger(at) || at < 0 || at >= layers) throw new SiteError(pattern, `layer ${layer} is outside 0..${layers - 1}`);
  return at;
}

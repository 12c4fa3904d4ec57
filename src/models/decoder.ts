/**
 * @file The one decoder: a Llama-like transformer driven by its config, written once over graph ops. Scoring, generation,
 * statistics and training all compile this definition; they differ in the outputs they ask for.
 */
import { add, addRmsNorm, constant, gather, gelu, input, linear, mul, reshape, rmsNorm, silu, type Tensor } from "../graph/index.js";
import { type AttentionForm, attention } from "./attention.js";
import type { DecoderConfig } from "./config.js";
import { type Site, type SiteKind, site } from "./sites.js";

/** A linear module of a layer that an adapter can change. */
export type Module = "q_proj" | "k_proj" | "v_proj" | "o_proj" | "gate_proj" | "up_proj" | "down_proj";

export interface DecoderOptions {
  readonly attention: AttentionForm;
  /** read keys and values of earlier calls; default true. Training has none */
  readonly cached?: boolean;
  /** called at every site with its value; what it returns goes on */
  readonly onSite: (site: Site, value: Tensor) => Tensor;
  /** scales `(batch, 1, size)` of an adapter on a module's input or output; undefined = not scaled */
  readonly scale: (layer: number, module: Module, side: "input" | "output") => Tensor | undefined;
  /**
   * What LoRA adapters add to a module's output, from the module's input `(batch, time, in)` before `scale`; at `down_proj` from the
   * neurons' activations, after it. Default none
   */
  readonly lowRank?: (layer: number, module: Module, x: Tensor) => Tensor | undefined;
  /** compute logits of every position, not of the chosen rows alone; needed where final norm or logits are captured or changed */
  readonly everyLogit: boolean;
}

/** Logits are `linear(x, weight)`. */
export interface Head {
  /** `(rows, hidden)`, float32 */
  readonly x: Tensor;
  /** `(vocabulary, hidden)` */
  readonly weight: Tensor;
}

export interface Decoder {
  /** `(rows, hidden)`, float32: the final norm's output at the positions that input `rows` chooses; what every head reads */
  readonly hidden: Tensor;
  /** what the language-model head multiplies at these positions. Only a graph that asks for it needs the head's weights */
  readonly head: () => Head;
  /** `(rows, vocabulary)`, float32: logits at these positions */
  readonly logits: () => Tensor;
  /** keys and values for later calls, by layer; see `attention` */
  readonly cache: readonly { key: Tensor; value: Tensor }[];
}

/** Every module of a layer that an adapter can change. */
export const MODULES: readonly Module[] = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"];

/** Looks up a tensor of the checkpoint by its Hugging Face name; throws where it is missing or has another shape. */
export type Weights = (name: string, shape: readonly number[]) => Tensor;

export const DECODER_INPUTS = {
  /** `(batch, time)` int64 token ids, padded on the right */
  ids: "ids",
  /** `(rows,)` int64: which of the `batch * time` positions get logits */
  rows: "rows",
} as const;

const ACTIVATIONS: Record<DecoderConfig["activation"], (x: Tensor) => Tensor> = {
  silu,
  gelu: (x) => gelu(x),
  "gelu-tanh": (x) => gelu(x, "tanh"),
};

export function decoder(config: DecoderConfig, weights: Weights, options: DecoderOptions): Decoder {
  const { hidden, layers, vocabulary } = config;
  const ids = input(DECODER_INPUTS.ids, "int64", ["batch", "time"]);
  const embedding = weights("model.embed_tokens.weight", [vocabulary, hidden]);
  const at = (kind: SiteKind, layer: number, value: Tensor) => options.onSite(site(kind, layer), value);
  const norm = (x: Tensor, name: string) => rmsNorm(x, weights(`${name}.weight`, [hidden]), config.epsilon);

  let x = at("blocks.N.hook_resid_pre", 0, at("hook_embed", 0, gather(embedding, ids)));
  let normed = norm(x, "model.layers.0.input_layernorm");
  const cache: { key: Tensor; value: Tensor }[] = [];
  for (let layer = 0; layer < layers; layer++) {
    const mid = (sum: Tensor) => at("blocks.N.hook_resid_mid", layer, sum);
    [x, normed] = addNorm(x, attentionBlock(layer, normed), `model.layers.${layer}.post_attention_layernorm`, mid);
    const update = mlpBlock(layer, normed);
    const last = layer === layers - 1;
    const post = (sum: Tensor) => {
      const seen = at("blocks.N.hook_resid_post", layer, sum);
      return last ? seen : at("blocks.N.hook_resid_pre", layer + 1, seen);
    };
    // the final norm reads chosen rows only, so it stays apart from the last sum
    if (last) x = post(add(x, update));
    else [x, normed] = addNorm(x, update, `model.layers.${layer + 1}.input_layernorm`, post);
  }

  const chosen = input(DECODER_INPUTS.rows, "int64", ["rows"]);
  const pick = (y: Tensor, size: number) => gather(reshape(y, ["positions", size]), chosen);
  const finalNorm = (y: Tensor) => {
    // TransformerLens reads hook_normalized before the norm's gain
    const normalised = at("ln_final.hook_normalized", 0, rmsNorm(y, constant(new Float32Array(hidden).fill(1)), config.epsilon));
    return mul(normalised, weights("model.norm.weight", [hidden]));
  };
  const final = finalNorm(options.everyLogit ? x : pick(x, hidden));
  const unembedding = () => (config.tied ? embedding : weights("lm_head.weight", [vocabulary, hidden]));
  const logits = () => at("logits", 0, linear(final, unembedding()));
  const read = options.everyLogit ? pick(final, hidden) : final;
  return {
    hidden: read,
    head: () => ({ x: read, weight: unembedding() }),
    logits: options.everyLogit ? () => pick(logits(), vocabulary) : logits,
    cache,
  };

  /** The residual stream after an update, and its norm: one kernel, unless a site between them changed the sum. */
  function addNorm(residual: Tensor, update: Tensor, name: string, onSum: (sum: Tensor) => Tensor): [Tensor, Tensor] {
    const [normed, sum] = addRmsNorm(residual, update, weights(`${name}.weight`, [hidden]), config.epsilon);
    const seen = onSum(sum);
    return seen === sum ? [sum, normed] : [seen, norm(seen, name)];
  }

  function attentionBlock(layer: number, y: Tensor): Tensor {
    const { heads, kvHeads, headSize } = config;
    const query = at("blocks.N.attn.hook_q", layer, project(layer, "q_proj", y, hidden, heads * headSize, config.qkvBias));
    const key = at("blocks.N.attn.hook_k", layer, project(layer, "k_proj", y, hidden, kvHeads * headSize, config.qkvBias));
    const value = at("blocks.N.attn.hook_v", layer, project(layer, "v_proj", y, hidden, kvHeads * headSize, config.qkvBias));
    const onPattern = (pattern: Tensor) => at("blocks.N.attn.hook_pattern", layer, pattern);
    const mixed = attention(config, options.attention, { layer, cached: options.cached ?? true, query, key, value, onPattern });
    cache.push({ key: mixed.key, value: mixed.value });
    const z = at("blocks.N.attn.hook_z", layer, mixed.z);
    return at("blocks.N.hook_attn_out", layer, project(layer, "o_proj", z, heads * headSize, hidden, config.outputBias));
  }

  function mlpBlock(layer: number, y: Tensor): Tensor {
    const { neurons, mlpBias } = config;
    const gate = at("blocks.N.mlp.hook_pre", layer, project(layer, "gate_proj", y, hidden, neurons, mlpBias));
    const up = at("blocks.N.mlp.hook_pre_linear", layer, project(layer, "up_proj", y, hidden, neurons, mlpBias));
    const scale = options.scale(layer, "down_proj", "input");
    const product = mul(ACTIVATIONS[config.activation](gate), up);
    // the neuron's activation is read after the adapter's scaling, as the paper defines it
    const post = at("blocks.N.mlp.hook_post", layer, scale ? mul(product, scale) : product);
    return at("blocks.N.hook_mlp_out", layer, project(layer, "down_proj", post, neurons, hidden, mlpBias));
  }

  /** A linear module with bias and adapters; `down_proj`'s input scale is applied by the MLP, before the site. */
  function project(layer: number, module: Module, y: Tensor, from: number, to: number, bias: boolean): Tensor {
    const block = module === "gate_proj" || module === "up_proj" || module === "down_proj" ? "mlp" : "self_attn";
    const name = `model.layers.${layer}.${block}.${module}`;
    const before = module === "down_proj" ? undefined : options.scale(layer, module, "input");
    let z = linear(before ? mul(y, before) : y, weights(`${name}.weight`, [to, from]));
    if (bias) z = add(z, weights(`${name}.bias`, [to]));
    const after = options.scale(layer, module, "output");
    if (after) z = mul(z, after);
    const low = options.lowRank?.(layer, module, y);
    return low ? add(z, low) : z;
  }
}

/** Size of a module's input or output. */
export function moduleSize(config: DecoderConfig, module: Module, side: "input" | "output"): number {
  const { hidden, neurons, heads, kvHeads, headSize } = config;
  const sizes: Record<Module, [number, number]> = {
    q_proj: [hidden, heads * headSize],
    k_proj: [hidden, kvHeads * headSize],
    v_proj: [hidden, kvHeads * headSize],
    o_proj: [heads * headSize, hidden],
    gate_proj: [hidden, neurons],
    up_proj: [hidden, neurons],
    down_proj: [neurons, hidden],
  };
  return sizes[module][side === "input" ? 0 : 1];
}

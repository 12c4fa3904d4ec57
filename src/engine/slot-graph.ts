/** @file Slots in the graph: the places where interventions replace values. */
import { ShapeError } from "../errors.js";
import { add, and, gather, input, mul, reshape, sub, type Tensor, unsqueeze, where } from "../graph/index.js";
import type { DecoderConfig } from "../models/config.js";
import { type Site, siteShape } from "../models/sites.js";
import { type LayerSlice, layerSlices } from "./layer-slices.js";
import { PLAN, type Slot } from "./plan.js";

/** @returns the site's value with the slot's replacement where its inputs say so */
export type ApplySlot = (slot: Slot, index: number, site: Site, x: Tensor) => Tensor;

export function slotApplier(config: DecoderConfig): ApplySlot {
  const layerOf = layerSlices();
  return (slot, index, site, x) => applySlot(config, layerOf, slot, index, site, x);
}

function applySlot(config: DecoderConfig, layerOf: LayerSlice, slot: Slot, index: number, site: Site, x: Tensor): Tensor {
  const { units } = siteShape(site.kind, config);
  const layer = slot.layers.indexOf(site.layer);
  // a pattern has an axis of keys behind its units (heads)
  const trailing = x.rank - 3;
  const spread = (t: Tensor, from: number) => (trailing > 0 ? unsqueeze(t, [from]) : t);
  const perUnit = (what: "mask" | "scale" | "shift") => {
    const dtype = what === "mask" ? "bool" : "float32";
    return spread(layerOf(PLAN.slot(index, what), dtype, slot.layers.length, units, layer), 3);
  };
  const perPosition = (dtype: "bool" | "float32") => spread(unsqueeze(input(PLAN.slot(index, "where"), dtype, ["batch", "time"]), [2]), 3);
  switch (slot.type) {
    case "lane": {
      const source = input(PLAN.slot(index, "source"), "int64", ["batch", "time"]);
      return where(perUnit("mask"), gather(reshape(x, ["positions", ...x.shape.slice(2)]), source), x);
    }
    case "affine": {
      const at = perPosition("float32");
      const factor = add(mul(at, sub(perUnit("scale"), 1)), 1);
      return add(mul(x, factor), mul(at, perUnit("shift")));
    }
    case "given": {
      const given = input(PLAN.given(index, site.layer), "float32", x.shape);
      return where(and(perUnit("mask"), perPosition("bool")), given, x);
    }
    case "custom":
      return where(perPosition("bool"), checked(slot.apply!(x, site), x, site), x);
  }
}

/** A user's function must give a value like the one that it got. */
function checked(made: Tensor, x: Tensor, site: Site): Tensor {
  const [got, wanted] = [made, x].map(({ dtype, shape }) => `${dtype} (${shape.join(", ")})`);
  if (got !== wanted)
    throw new ShapeError("custom", `the function for ${site.name} gave ${got} in place of ${wanted}`, [made.shape, x.shape]);
  return made;
}

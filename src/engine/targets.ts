/** @file Targets resolved against a model: which kinds, layers and units an intervention touches. */
import { OptionError, SiteError } from "../errors.js";
import type { DecoderConfig } from "../models/config.js";
import { matchSites, type SiteKind, siteShape } from "../models/sites.js";
import type { Target, UnitValues } from "./interventions.js";

/** One kind of site, its layers, and the units of each. */
export interface ResolvedTarget {
  readonly kind: SiteKind;
  /** ascending; `[0]` for a kind without layers */
  readonly layers: readonly number[];
  /** number of units that the site has */
  readonly units: number;
  /** calls back for each unit that is touched */
  readonly each: (visit: (layer: number, unit: number) => void) => void;
}

/** @throws SiteError for names and units that the model does not have; OptionError for a set made for another shape */
export function resolveTarget(target: Target, config: DecoderConfig): ResolvedTarget[] {
  const byKind = new Map<SiteKind, number[]>();
  for (const { kind, layer } of matchSites(target.site, config, target.layers)) byKind.set(kind, [...(byKind.get(kind) ?? []), layer]);
  return [...byKind].map(([kind, layers]) => {
    const shape = siteShape(kind, config);
    checkMadeFor(target, config, shape.units);
    const common = commonUnits(target, kind, config);
    const chosen = target.units instanceof Map ? target.units : undefined;
    const kept = chosen ? layers.filter((layer) => (chosen.get(layer)?.length ?? 0) > 0) : layers;
    for (const [layer, units] of chosen ?? []) {
      if (!Number.isInteger(layer) || layer < 0 || layer >= config.layers)
        throw new SiteError(target.site, `units of layer ${layer}, which is outside 0..${config.layers - 1}`);
      checkUnits(target.site, units, shape.units);
    }
    const every = Array.from({ length: shape.units }, (_, unit) => unit);
    return {
      kind,
      layers: kept,
      units: shape.units,
      each: (visit) => {
        for (const layer of kept) for (const unit of chosen?.get(layer) ?? common ?? every) visit(layer, unit);
      },
    };
  });
}

/** The value for one unit. @throws OptionError for a vector of another length or a layer without one */
export function unitValue(values: UnitValues, layer: number, unit: number, units: number, option: string): number {
  if (typeof values === "number") return values;
  const vector = values instanceof Float32Array ? values : values.get(layer);
  if (!vector) throw new OptionError(option, `no vector for layer ${layer}`, "a vector for each layer that is touched");
  if (vector.length !== units)
    throw new OptionError(option, `${vector.length} values for layer ${layer}`, `${units}, one for each unit of the site`);
  return vector[unit];
}

function commonUnits({ site, units, heads }: Target, kind: SiteKind, config: DecoderConfig): readonly number[] | undefined {
  const shape = siteShape(kind, config);
  if (heads) {
    if (shape.axes[0] !== "head") throw new SiteError(site, "has no heads; use units");
    if (units) throw new SiteError(site, "give units or heads, not both");
    checkUnits(site, heads, shape.sizes[0]);
    const size = shape.units / shape.sizes[0];
    return heads.flatMap((head) => Array.from({ length: size }, (_, dim) => head * size + dim));
  }
  if (!units || units instanceof Map) return undefined;
  checkUnits(site, units as readonly number[], shape.units);
  return units as readonly number[];
}

function checkUnits(site: string, units: readonly number[], count: number): void {
  const outside = units.find((unit) => !Number.isInteger(unit) || unit < 0 || unit >= count);
  if (outside !== undefined) throw new SiteError(site, `unit ${outside} is outside 0..${count - 1}`);
}

function checkMadeFor({ madeFor }: Target, config: DecoderConfig, units: number): void {
  if (madeFor && (madeFor.layers !== config.layers || madeFor.units !== units))
    throw new OptionError("neurons", `a set for ${madeFor.layers} x ${madeFor.units}`, `one for this model's ${config.layers} x ${units}`);
}

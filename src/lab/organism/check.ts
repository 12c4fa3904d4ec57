/** @file The organism held against its bars. */
import fs from "node:fs";
import path from "node:path";
import { type Bar, organismBars } from "./bars.js";
import { SHIPPED } from "./folders.js";
import { type LabOptions, openLab } from "./lab.js";
import { type MeasureOptions, measureOrganism, type OrganismMeasures } from "./measure.js";
import { readRecord } from "./record.js";

export interface CheckOptions extends LabOptions, Partial<MeasureOptions> {}

export interface OrganismCheck {
  readonly bars: readonly Bar[];
  readonly measures: OrganismMeasures;
}

/**
 * Measures an organism on fresh prompts and holds it against every bar.
 * @param options.seed of the prompts, default 1
 * @param options.prompts of each family, default 200
 */
export async function checkOrganism({ seed = 1, prompts = 200, ...options }: CheckOptions = {}): Promise<OrganismCheck> {
  const lab = await openLab("organism", options);
  const measures = await measureOrganism(lab, { ...options, seed, prompts });
  const folder = options.folder ?? SHIPPED;
  const seconds = Object.values(readRecord(folder)?.stages ?? {}).reduce((sum, stage) => sum + stage.seconds, 0);
  const bytes = sizeOf(folder);
  const bars: Bar[] = [
    ...organismBars(measures),
    { figure: "size in MB", value: bytes / 1e6, high: 12, holds: bytes <= 12e6 },
    { figure: "minutes of training", value: seconds / 60, high: 90, holds: seconds > 0 && seconds <= 90 * 60 },
  ];
  return { bars, measures };
}

function sizeOf(folder: string): number {
  return fs
    .readdirSync(folder, { recursive: true, withFileTypes: true })
    .reduce((sum, entry) => sum + (entry.isFile() ? fs.statSync(path.join(entry.parentPath, entry.name)).size : 0), 0);
}

/** @file Opening a study by the name of its laboratory. */
import fs from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { defaultEngine, type Engine } from "../../engine/engine.js";
import { OptionError } from "../../errors.js";
import { openLab } from "../organism/lab.js";
import { describedSubject } from "./described-subject.js";
import type { StudySize } from "./laboratory.js";
import { organismSubject } from "./organism-subject.js";
import { Results } from "./results.js";
import { SCALES, SIZES, type StudyScale } from "./scale.js";
import { Study } from "./study.js";

export interface StudyOptions extends Partial<StudySize> {
  /** folder in which results are kept; default: they are forgotten with the study */
  readonly results?: string;
  /** default `"usual"`; single numbers can be given as well */
  readonly size?: StudyScale;
  /** default: the engine of this process */
  readonly engine?: Engine;
}

/** Modules run from dist/src/lab/study. */
const SMOLLM2 = fileURLToPath(new URL("../../../../data/smollm2/lab.json", import.meta.url));

/**
 * Opens a study: a laboratory's models, prompts and judges, and everything that was measured on them.
 *
 * @param lab `"organism"` (comes with the package), `"smollm2"` (adapters and judges come with the package, the model and data sets from `HF_HOME`
 *   and `NEURONBOOK_DATA`), or a JSON file that describes one of your own (docs/laboratories.md)
 * @throws OptionError for another name; NotFoundError, FileFormatError for files that are missing or damaged
 */
export async function openStudy(
  lab: string,
  { results, engine = defaultEngine(), size = "usual", ...numbers }: StudyOptions = {},
): Promise<Study> {
  if (!SCALES.includes(size)) throw new OptionError("size", size, SCALES.join(", "));
  const given = Object.fromEntries(Object.entries(numbers).filter(([, value]) => value !== undefined));
  if (lab === "organism")
    return new Study(organismSubject(await openLab("organism", { engine })), { ...SIZES.organism[size], ...given }, new Results(results));
  const file = lab === "smollm2" ? SMOLLM2 : lab;
  if (path.extname(file) !== ".json" || !fs.existsSync(file))
    throw new OptionError("lab", lab, '"organism", "smollm2", or a JSON file that describes a laboratory');
  return new Study(await describedSubject(file, engine), { ...SIZES.described[size], ...given }, new Results(results));
}

/** @file The file that describes a laboratory of one's own: a checkpoint, adapters of SFT and DPO by seed, data sets and judges. */
import path from "node:path";
import { FileFormatError } from "../../errors.js";
import { isJsonObject, type JsonObject, readJsonObject } from "../../weights/json.js";
import type { ObjectiveKind, PromptKind } from "./subject.js";

const FORMAT = 1;
const KINDS: readonly PromptKind[] = ["safety", "helpfulness", "reasoning"];
const OBJECTIVE_KINDS: readonly ObjectiveKind[] = [...KINDS, "joint", "other"];
/** `perplexity` of running text; choices by `letters` or by the `answers` themselves; the last `number` written; BBH's answer after "the answer is" */
export const ABILITY_TESTS = ["perplexity", "letters", "answers", "number", "bbh"] as const;
export type AbilityTest = (typeof ABILITY_TESTS)[number];

/** `NAME[/SUBSET][:SPLIT]` of a data set. */
export interface DescribedSet {
  readonly dataset: string;
  readonly kind: PromptKind;
}

export interface LabDescription {
  readonly name: string;
  readonly title: string;
  /** a Hugging Face repository, or a folder beside the file */
  readonly model: string;
  /** folder with `sft-sSEED` and `dpo-OBJECTIVE-sSEED` (PEFT, (IA)^3 on `down_proj`) */
  readonly adapters: string;
  readonly safety: string;
  /** kinds of objectives; others are `"other"`, `safety` is `"safety"` */
  readonly objectives: Readonly<Record<string, ObjectiveKind>>;
  readonly excludeLastLayers: number;
  /** folder of a cost model */
  readonly cost: string;
  /** folder of a reward model */
  readonly reward?: string;
  /** answers of a larger perplexity under the bare model are nonsense */
  readonly mostPerplexity: number;
  readonly finding: Readonly<Record<string, DescribedSet>>;
  readonly benchmarks: Readonly<Record<string, DescribedSet>>;
  readonly abilities: Readonly<Record<string, { readonly dataset: string; readonly test: AbilityTest }>>;
}

/**
 * Reads such a file; folders in it are relative to it.
 *
 * @throws NotFoundError; FileFormatError that names the field, what it is and what it must be
 */
export function readLabDescription(file: string): LabDescription {
  const json = readJsonObject(file);
  const refuse = (field: string, value: unknown, expected: string): never => {
    throw new FileFormatError(file, `${field} is ${JSON.stringify(value) ?? "missing"}; expected ${expected}`);
  };
  if (json.format !== FORMAT) refuse("format", json.format, String(FORMAT));
  const text = (of: JsonObject, field: string, at = field): string => {
    const value = of[field];
    return typeof value === "string" && value !== "" ? value : refuse(at, value, "a text");
  };
  const number = (field: string, least: number): number => {
    const value = json[field];
    return typeof value === "number" && value >= least ? value : refuse(field, value, `a number of at least ${least}`);
  };
  const folder = (field: string): string => path.resolve(path.dirname(file), text(json, field));
  const entries = <T>(field: string, read: (entry: JsonObject, at: string) => T): Record<string, T> => {
    const value = json[field];
    if (!isJsonObject(value) || Object.keys(value).length === 0) return refuse(field, value, "an object with at least one entry");
    return Object.fromEntries(
      Object.entries(value).map(([name, entry]) => [
        name,
        isJsonObject(entry) ? read(entry, `${field}.${name}`) : refuse(`${field}.${name}`, entry, "an object"),
      ]),
    );
  };
  const objectives = (): Record<string, ObjectiveKind> => {
    const given = json.objectives ?? {};
    if (!isJsonObject(given)) return refuse("objectives", given, "an object of kinds by objective");
    return Object.fromEntries(Object.keys(given).map((name) => [name, oneOf(given, name, OBJECTIVE_KINDS, "objectives")]));
  };
  const oneOf = <T extends string>(entry: JsonObject, field: string, known: readonly T[], at: string): T =>
    known.find((one) => one === entry[field]) ?? refuse(`${at}.${field}`, entry[field], known.join(", "));
  const set = (entry: JsonObject, at: string): DescribedSet => ({
    dataset: text(entry, "dataset", `${at}.dataset`),
    kind: oneOf(entry, "kind", KINDS, at),
  });
  const model = text(json, "model");
  return {
    name: text(json, "name"),
    title: text(json, "title"),
    model: model.startsWith(".") ? folder("model") : model,
    adapters: folder("adapters"),
    safety: text(json, "safety"),
    objectives: objectives(),
    excludeLastLayers: number("excludeLastLayers", 0),
    cost: folder("cost"),
    reward: json.reward === undefined ? undefined : folder("reward"),
    mostPerplexity: number("mostPerplexity", 1),
    finding: entries("finding", set),
    benchmarks: entries("benchmarks", set),
    abilities: entries("abilities", (entry, at) => ({
      dataset: text(entry, "dataset", `${at}.dataset`),
      test: oneOf(entry, "test", ABILITY_TESTS, at),
    })),
  };
}

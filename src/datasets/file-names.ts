/** @file Names of published files as patterns: what a file's name says of subset and split. */

/**
 * A path's last parts. `{subset:a|b}` and `{split:train|test}` stand for one of these words, `{subset}` and `{split}` for any word, `*`
 * for anything within one part. `.jsonl`, `.json`, `.csv` and `.txt` may be followed by `.gz` or `.xz`.
 */
export type FileName = string | FileNameWith;

export interface FileNameWith {
  readonly file: string;
  readonly subset?: string;
  readonly split?: string;
  /** names of the columns of a CSV file without a header */
  readonly columns?: readonly string[];
}

export interface FileTags {
  readonly subset?: string;
  readonly split?: string;
  readonly columns?: readonly string[];
}

/** What the first of `names` that fits says of `file`; undefined when none does. */
export function tagsOf(names: readonly FileName[], file: string): FileTags | undefined {
  const posix = file.replaceAll("\\", "/");
  for (const name of names) {
    const { file: pattern, ...given }: FileNameWith = typeof name === "string" ? { file: name } : name;
    const match = expressionOf(pattern).exec(posix);
    if (match === null) continue;
    const split = given.split ?? match.groups?.split;
    return { subset: match.groups?.subset, ...given, split: split === undefined ? undefined : splitName(split) };
  }
  return undefined;
}

/** One name for each split: `val` and `valid` are `validation`. */
export const splitName = (split: string): string => (/^val(id)?$/i.test(split) ? "validation" : split.toLowerCase());

/** The pattern as a person reads it. */
export const fileNameText = (name: FileName): string => (typeof name === "string" ? name : name.file);

function expressionOf(pattern: string): RegExp {
  const seen = new Set<string>();
  const source = pattern.replace(/\{(subset|split)(?::([^}]*))?\}|\*|[.+()[\]^$]/g, (token, part?: string, words?: string) => {
    if (token === "*") return "[^/]*";
    if (part === undefined) return `\\${token}`;
    const alternatives = words === undefined ? "[^/]+?" : words.split("|").map(escaped).join("|");
    if (seen.has(part)) return `\\k<${part}>`;
    seen.add(part);
    return `(?<${part}>${alternatives})`;
  });
  return new RegExp(`(?:^|/)${source}${/\.(jsonl?|csv|txt)$/.test(pattern) ? "(?:\\.(?:gz|xz))?" : ""}$`);
}

const escaped = (text: string): string => text.replace(/[.+*?()[\]^$|\\]/g, "\\$&");

/**
 * @file The regular expressions by which PEFT's configurations name modules, without a regular-expression engine: a hostile pattern
 * could make one run for ever. Each part of a pattern is tried once at each place of the path.
 */

/** A parsed pattern. */
export type Part =
  | { readonly kind: "character"; readonly fits: (character: string) => boolean }
  | { readonly kind: "edge"; readonly at: "start" | "end" }
  | { readonly kind: "sequence" | "choice"; readonly parts: readonly Part[] }
  | { readonly kind: "repeat"; readonly part: Part; readonly least: 0 | 1; readonly most: 1 | undefined };

/** Longest pattern read; ranks of single modules are names, not patterns. */
const maxLength = 2000;
const maxRepeats = 32;
const maxDepth = 20;

/** A pattern; undefined for syntax beyond names, `.`, `\d` and `\w`, `[...]`, groups, `|`, `*`, `+`, `?`, `^` and `$`. */
export function modulePattern(text: string): Part | undefined {
  if (text.length > maxLength) return undefined;
  let at = 0;
  let repeats = 0;
  const whole = choice(0);
  return at === text.length ? whole : undefined;

  function choice(depth: number): Part | undefined {
    if (depth > maxDepth) return undefined;
    const parts: Part[] = [];
    do {
      const part = sequence(depth);
      if (!part) return undefined;
      parts.push(part);
    } while (text[at] === "|" && ++at);
    return parts.length === 1 ? parts[0] : { kind: "choice", parts };
  }

  function sequence(depth: number): Part | undefined {
    const parts: Part[] = [];
    while (at < text.length && text[at] !== "|" && text[at] !== ")") {
      const part = single(depth);
      const repeated = part && repeatedPart(part);
      if (!repeated) return undefined;
      parts.push(repeated);
    }
    return { kind: "sequence", parts };
  }

  function single(depth: number): Part | undefined {
    const c = text[at++];
    if (c === "^" || c === "$") return { kind: "edge", at: c === "^" ? "start" : "end" };
    if (c === ".") return { kind: "character", fits: () => true };
    if (c === "(") {
      if (text[at] === "?") {
        if (text[at + 1] !== ":") return undefined;
        at += 2;
      }
      const inner = choice(depth + 1);
      return inner && text[at++] === ")" ? inner : undefined;
    }
    if (c === "[") return set();
    if (c === "\\") return escaped(text[at++]);
    return /[\w\-/]/.test(c) ? { kind: "character", fits: (x) => x === c } : undefined;
  }

  function escaped(c: string | undefined): Part | undefined {
    if (c === "d") return { kind: "character", fits: (x) => /\d/.test(x) };
    if (c === "w") return { kind: "character", fits: (x) => /\w/.test(x) };
    return c !== undefined && /[.\-_/]/.test(c) ? { kind: "character", fits: (x) => x === c } : undefined;
  }

  function set(): Part | undefined {
    const end = text.indexOf("]", at);
    const inside = text.slice(at, end);
    if (end < 0 || !/^(?:\w-\w|\\d|[\w.])+$/.test(inside)) return undefined;
    at = end + 1;
    const ranges = [...inside.matchAll(/\\d|(\w)-(\w)|[\w.]/g)].map(([all, from, to]) =>
      all === "\\d" ? ["0", "9"] : [from ?? all, to ?? all],
    );
    return { kind: "character", fits: (x) => ranges.some(([from, to]) => from <= x && x <= to) };
  }

  function repeatedPart(part: Part): Part | undefined {
    const c = text[at];
    if (c === "{") return undefined;
    if (c !== "*" && c !== "+" && c !== "?") return part;
    at++;
    // a lazy repeat finds the same paths as a greedy one
    if (text[at] === "?") at++;
    if (++repeats > maxRepeats || part.kind === "edge") return undefined;
    return { kind: "repeat", part, least: c === "+" ? 1 : 0, most: c === "?" ? 1 : undefined };
  }
}

/** Is a whole path what the pattern describes, as Python's `re.fullmatch` says? */
export const matchesWhole = (pattern: Part, path: string): boolean => endsOf(path)(pattern, 0).has(path.length);

/** Does the pattern describe a path, or the part of it behind some dot, as PEFT looks keys of `rank_pattern` up? */
export function matchesEnding(pattern: Part, path: string): boolean {
  const ends = endsOf(path);
  const starts = [0, ...[...path].flatMap((c, i) => (c === "." ? [i + 1] : []))];
  return starts.some((start) => ends(pattern, start).has(path.length));
}

/** Places where a part that begins at a place may end, each found once. */
function endsOf(path: string): (part: Part, start: number) => ReadonlySet<number> {
  const known = new Map<Part, (ReadonlySet<number> | undefined)[]>();
  return ends;

  function ends(part: Part, start: number): ReadonlySet<number> {
    const row = known.get(part) ?? [];
    known.set(part, row);
    row[start] ??= found(part, start);
    return row[start];
  }

  function found(part: Part, start: number): ReadonlySet<number> {
    switch (part.kind) {
      case "character":
        return new Set(start < path.length && part.fits(path[start]) ? [start + 1] : []);
      case "edge":
        // PEFT puts `(.*\.)?` before a key of rank_pattern, so that its own ^ holds at the path's start alone
        return new Set(start === (part.at === "start" ? 0 : path.length) ? [start] : []);
      case "choice":
        return new Set(part.parts.flatMap((inner) => [...ends(inner, start)]));
      case "sequence": {
        let places = new Set([start]);
        for (const inner of part.parts) places = new Set([...places].flatMap((at) => [...ends(inner, at)]));
        return places;
      }
      case "repeat": {
        const once = ends(part.part, start);
        if (part.most === 1) return new Set([start, ...once]);
        const reached = new Set(part.least === 0 ? [start, ...once] : once);
        for (const at of reached) for (const end of ends(part.part, at)) reached.add(end);
        return reached;
      }
    }
  }
}

/**
 * @file Formulas in markdown as MathML, which browsers draw themselves: no script, and no font to load. Written as in Jupyter: `$…$`, `$$…$$`,
 * `\(…\)`, `\[…\]` (with one backslash or two) and `\begin{align}…\end{align}`.
 */
import { randomUUID } from "node:crypto";
import fs from "node:fs";
import { createRequire } from "node:module";
import type { MarkedExtension, Tokens } from "marked";
import temml from "temml";
import { escaped } from "./escape.js";

interface FormulaToken extends Tokens.Generic {
  readonly tex: string;
  readonly display: boolean;
}

/** A dollar before a space, or after one, is money; and so is one before a digit. */
const DOLLAR = /^\$(?![\s$])((?:\\[\s\S]|[^\\$])*?)(?<![\s\\])\$(?!\d)/;
const DISPLAY = /^\$\$((?:\\[\s\S]|[^\\$]|\$(?!\$))+)\$\$/;
const ALL_DOLLARS = new RegExp(`${DISPLAY.source.slice(1)}|${DOLLAR.source.slice(1)}`, "g");
const PARENTHESES = /^\\\(((?:(?!\\\))[\s\S])+)\\\)|^\\\\\(((?:(?!\\\\\))[\s\S])+)\\\\\)/;
const BRACKETS = /^\\\[((?:(?!\\\])[\s\S])+)\\\]|^\\\\\[((?:(?!\\\\\])[\s\S])+)\\\\\]/;
const ENVIRONMENT = /^\\begin\{([a-z]+\*?)\}[\s\S]+?\\end\{\1\}/;
/** of a line of its own */
const END = /^[ \t]*(?:\n|$)/;
const BLOCK_START = /^ {0,3}(?:\$\$|\\\\?\[|\\begin\{)/m;
const INLINE_START = /\$|\\\\?[([]|\\begin\{/;
const LONGEST = 10_000;

export class Formulas {
  /** What stands for a formula until the rest of the HTML has been sanitised; nobody can guess one. */
  readonly placed = new Map<string, string>();
  private readonly sources = new Map<string, string>();
  private readonly mark = `formula-${randomUUID()}`;

  /** For marked. */
  readonly extension: MarkedExtension = {
    // a `*` or `_` of a formula begins and ends no emphasis
    hooks: { emStrongMask: (text) => text.replaceAll(ALL_DOLLARS, (formula) => "+".repeat(formula.length)) },
    extensions: [
      {
        name: "displayFormula",
        level: "block",
        start: (source) => BLOCK_START.exec(source)?.index,
        tokenizer: (source) => {
          const [indent] = /^ {0,3}/.exec(source)!;
          const token = displayed(source.slice(indent.length));
          const [end] = (token && END.exec(source.slice(indent.length + token.raw.length))) ?? [];
          return token && end !== undefined ? { ...token, type: "displayFormula", raw: indent + token.raw + end } : undefined;
        },
        renderer: (token) => `<p>${this.add(token as FormulaToken)}</p>\n`,
      },
      {
        name: "formula",
        level: "inline",
        start: (source) => INLINE_START.exec(source)?.index,
        tokenizer: (source) => displayed(source) ?? inline(source),
        renderer: (token) => this.add(token as FormulaToken),
      },
    ],
  };

  /** Formulas in a text as they were written. */
  written(text: string): string {
    return text.replaceAll(new RegExp(`${this.mark}-\\d+;`, "g"), (placeholder) => escaped(this.sources.get(placeholder) ?? ""));
  }

  /** Style sheet of the page's formulas; empty where there are none. */
  style(): string {
    if (this.placed.size === 0) return "";
    const file = createRequire(import.meta.url).resolve("temml/dist/Temml-Local.css");
    const css = fs.readFileSync(file, "utf8").replaceAll(/\/\*[\s\S]*?\*\//g, "");
    return css.replaceAll(/@font-face\s*\{[^}]*\}/g, "").replaceAll(/\s+/g, " ");
  }

  private add({ raw, tex, display }: FormulaToken): string {
    const placeholder = `${this.mark}-${this.placed.size};`;
    this.placed.set(placeholder, mathml(raw.trim(), tex, display));
    this.sources.set(placeholder, tex.trim());
    return placeholder;
  }
}

function displayed(source: string): FormulaToken | undefined {
  const [whole, ...parts] = DISPLAY.exec(source) ?? BRACKETS.exec(source) ?? [];
  if (whole !== undefined) return { type: "formula", raw: whole, tex: parts.find((part) => part !== undefined)!, display: true };
  const [environment] = ENVIRONMENT.exec(source) ?? [];
  return environment === undefined ? undefined : { type: "formula", raw: environment, tex: environment, display: true };
}

function inline(source: string): FormulaToken | undefined {
  const [whole, ...parts] = DOLLAR.exec(source) ?? PARENTHESES.exec(source) ?? [];
  return whole === undefined ? undefined : { type: "formula", raw: whole, tex: parts.find((part) => part !== undefined)!, display: false };
}

/** A formula that cannot be read stays as it was written, and says why. */
function mathml(raw: string, tex: string, displayMode: boolean): string {
  try {
    if (tex.length > LONGEST) throw new Error(`longer than ${LONGEST} characters`);
    return temml.renderToString(tex, { displayMode, throwOnError: true, trust: false, maxExpand: 1000, maxSize: [50, 50] });
  } catch (error) {
    return `<code title="${escaped(`no formula: ${(error as Error).message}`)}">${escaped(raw)}</code>`;
  }
}

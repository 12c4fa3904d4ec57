/** @file Tokens set in lines, in units of the font size. */
import type { TokenText } from "./token-text.js";

export interface PlacedToken {
  /** as it is shown: without line breaks and the spaces around */
  readonly text: string;
  readonly value: number;
  readonly x: number;
  readonly width: number;
}

export interface TokenLine {
  readonly tokens: readonly PlacedToken[];
  /** of the text that begins here */
  readonly title?: string;
}

/** about 560 CSS pixels */
const LINE = 43;
const SPACE = 0.3;
const GAP = 0.08;

/** Lines break before a token that does not fit and after a token that ends in a line break. */
export function tokenLines(texts: readonly TokenText[]): { lines: TokenLine[]; width: number } {
  const lines: { tokens: PlacedToken[]; title?: string }[] = [];
  for (const { tokens, values, title } of texts) {
    let line = start(title);
    let x = 0;
    for (const [i, token] of tokens.entries()) {
      const text = token.trim().replaceAll(/\s*\n\s*/g, "\\n") || (token.includes("\n") ? "\\n" : "");
      const width = Math.max(0.6, textWidth(text)) + 2 * SPACE;
      if (x > 0 && x + width > LINE) {
        line = start();
        x = 0;
      }
      line.push({ text, value: values[i]!, x, width: width - GAP });
      x += width;
      if (token.endsWith("\n") && i < tokens.length - 1) {
        line = start();
        x = 0;
      }
    }
  }
  // a token wider than a line stands alone in one
  return { lines, width: Math.max(LINE, ...lines.flatMap(({ tokens }) => tokens.map(({ x, width }) => x + width))) };

  function start(title?: string): PlacedToken[] {
    const tokens: PlacedToken[] = [];
    lines.push({ tokens, ...(title !== undefined && { title }) });
    return tokens;
  }
}

/** About the width of a text in Open Sans or a font like it. */
function textWidth(text: string): number {
  let width = 0;
  for (const letter of text) {
    if (/[iljtfrI.,:;'"|!()[\]{}\\/-]/.test(letter)) width += 0.36;
    else if (/[mwMW@%]/.test(letter)) width += 0.9;
    else if (/[A-Z]/.test(letter)) width += 0.66;
    else if (letter.codePointAt(0)! < 0x1100) width += 0.57;
    else width += 1;
  }
  return width;
}

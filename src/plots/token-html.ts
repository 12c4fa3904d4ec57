/** @file Coloured text as HTML: spans with inline colours and no script, so that an untrusted notebook shows it too. */
import { short } from "./numbers.js";
import { type TokenScale, type TokenText, tokenColours } from "./token-text.js";

export function tokensHtml(texts: readonly TokenText[], scale: TokenScale, { title, unit }: { title?: string; unit: string }): string {
  const blocks = texts.map((text) => {
    const head = text.title === undefined ? "" : `<b>${escaped(text.title)}</b> `;
    return `<div style="white-space: pre-wrap; line-height: 1.7">${head}${text.tokens.map((token, i) => span(token, text.values[i]!, scale, unit)).join("")}</div>`;
  });
  const ends = [scale.low, scale.high].map((end) => {
    const { ground, ink } = tokenColours(end, scale);
    return `<span style="background-color: ${ground}; color: ${ink}; padding: 1px 4px">${short(end)}</span>`;
  });
  const heading = title === undefined ? "" : `<div style="font-weight: bold">${escaped(title)}</div>`;
  return `<div style="background-color: #ffffff; color: #222222; padding: 8px">${heading}${blocks.join("")}<div>${escaped(unit)} ${ends.join(" to ")}</div></div>`;
}

function span(token: string, value: number, scale: TokenScale, unit: string): string {
  const { ground, ink } = tokenColours(value, scale);
  // a line break stays one, and can be seen
  const shown = escaped(token).replaceAll("\n", "↵\n");
  return `<span title="${escaped(`${unit} ${short(value)}`)}" style="background-color: ${ground}; color: ${ink}; border-radius: 2px">${shown}</span>`;
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}

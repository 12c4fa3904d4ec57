/** A Chromium without a window. */
import fs from "node:fs";
import path from "node:path";
import { type Browser, chromium, type Locator } from "playwright-core";

/** Why there is none; undefined where one can be started. */
export const missingChromium = (): string | undefined =>
  program() === undefined ? "no Chromium on the PATH, and NEURONBOOK_CHROMIUM names none" : undefined;

function program(): string | undefined {
  const named = process.env.NEURONBOOK_CHROMIUM;
  const folders = (process.env.PATH ?? "").split(path.delimiter);
  const names = ["chromium", "chromium-browser", "google-chrome"].flatMap((name) => folders.map((folder) => path.join(folder, name)));
  return [...(named ? [named] : []), ...names].find((file) => fs.existsSync(file));
}

export function startChromium(): Promise<Browser> {
  const quiet = ["disable-quic", "no-first-run", "disable-background-networking", "disable-component-update", "disable-sync"];
  return chromium.launch({
    executablePath: program(),
    args: ["--no-sandbox", "--disable-gpu", ...quiet.map((one) => `--${one}`)],
  });
}

/** Values of CSS properties as the browser computes them. */
export const styleOf = (element: Locator, name: string): Promise<string> =>
  element.first().evaluate((node, property) => {
    const page = globalThis as unknown as { getComputedStyle(element: unknown): Record<string, string> };
    return page.getComputedStyle(node)[property]!;
  }, name);

/** From 0 for black to 255 for white, of a colour as browsers write it. */
export const lightness = (colour: string): number =>
  colour
    .match(/[\d.]+/g)!
    .slice(0, 3)
    .reduce((sum, one) => sum + Number(one) / 3, 0);

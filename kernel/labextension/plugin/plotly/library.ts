/** @file plotly.js, fetched when the first figure is shown and never again. */

/** The calls of plotly.js that are used here. */
export interface Plotly {
  react(element: HTMLElement, data: readonly object[], layout: object, config: object): Promise<unknown>;
  addFrames(element: HTMLElement, frames: readonly object[]): Promise<unknown>;
  purge(element: HTMLElement): void;
  readonly Plots: { resize(element: HTMLElement): Promise<unknown> };
}

interface WithPlotly {
  Plotly?: Plotly;
}

let loading: Promise<Plotly> | undefined;

export function plotly(): Promise<Plotly> {
  loading ??= load().catch((error: unknown) => {
    // the next figure tries again
    loading = undefined;
    throw error;
  });
  return loading;
}

/** plotly.js leaves itself in a global variable; another extension may have its own version there. */
async function load(): Promise<Plotly> {
  const global = window as WithPlotly;
  const before = global.Plotly;
  await import(new URL("../plotly.js", import.meta.url).href);
  const ours = global.Plotly;
  if (ours === undefined) throw new Error("plotly.js did not load");
  if (before !== undefined) global.Plotly = before;
  return ours;
}

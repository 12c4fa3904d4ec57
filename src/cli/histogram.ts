/** @file Neurons a layer, drawn with characters. */

const WIDTH = 40;

/** One line a layer: its number, its neurons, a bar. */
export function layerHistogram(counts: ArrayLike<number>): string {
  const most = Math.max(1, ...Array.from(counts));
  const [layerWidth, countWidth] = [String(counts.length - 1).length, String(most).length];
  return Array.from(counts, (count, layer) => {
    const bar = "#".repeat(count === 0 ? 0 : Math.max(1, Math.round((WIDTH * count) / most)));
    return `  layer ${String(layer).padStart(layerWidth)}  ${String(count).padStart(countWidth)}  ${bar}`.trimEnd();
  }).join("\n");
}

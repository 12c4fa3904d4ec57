/** @file The neurons selected on the map, and the code that makes a NeuronSet of them. */
import type { Neuron, NeuronMap } from "./payload.js";
import { valueAt } from "./window.js";

/** More than this is no selection by hand, and no cell to read. */
export const MOST_SELECTED = 5000;

export class Selection {
  readonly #flat = new Set<number>();

  constructor(private readonly map: NeuronMap) {}

  get count(): number {
    return this.#flat.size;
  }

  has(one: Neuron): boolean {
    return this.#flat.has(this.#key(one));
  }

  clear(): void {
    this.#flat.clear();
  }

  toggle(one: Neuron): void {
    if (!this.#flat.delete(this.#key(one))) this.add([one]);
  }

  /** @returns false, and adds nothing, where there would be too many */
  add(some: readonly Neuron[]): boolean {
    const added = new Set(some.map((one) => this.#key(one)).filter((key) => !this.#flat.has(key)));
    if (this.#flat.size + added.size > MOST_SELECTED) return false;
    for (const key of added) this.#flat.add(key);
    return true;
  }

  /** In rank order: the value farthest from 0 first, where there are values; else by layer and index. */
  ordered(): Neuron[] {
    const { neurons } = this.map;
    const size = (one: Neuron) => Math.abs(valueAt(this.map, one) ?? 0) || 0;
    return [...this.#flat]
      .sort((a, b) => a - b)
      .map((key) => ({ layer: Math.floor(key / neurons), neuron: key % neurons }))
      .sort((a, b) => size(b) - size(a));
  }

  #key({ layer, neuron }: Neuron): number {
    return layer * this.map.neurons + neuron;
  }
}

/** Characters that a notebook's cell shows without scrolling. */
const LINE = 80;

/** TypeScript that makes the set; stands on its own in a cell. */
export function neuronSetCode({ layers, neurons }: NeuronMap, model: string | undefined, list: readonly Neuron[]): string {
  const lines: string[] = [];
  let line = " ";
  for (const { layer, neuron } of list) {
    const pair = ` [${layer}, ${neuron}],`;
    if (line.length + pair.length > LINE) {
      lines.push(line);
      line = " ";
    }
    line += pair;
  }
  if (list.length > 0) lines.push(line);
  const shape = `{ model: ${JSON.stringify(model ?? "")}, layers: ${layers}, neurons: ${neurons} }`;
  return [
    'import { NeuronSet } from "neuronbook";',
    "",
    ...(model === undefined ? ["// the view does not say which model this is; sets go together only with sets of the same model"] : []),
    `const selected = NeuronSet.of(${shape}, [`,
    ...lines,
    "]);",
    "selected",
  ].join("\n");
}

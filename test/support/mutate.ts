import { rawSafetensors } from "./raw-safetensors.js";

const numbers = [
  "-1",
  "0",
  "1",
  "1.5",
  "7",
  "255",
  "65536",
  "2147483648",
  "4294967297",
  "9007199254740993",
  "1e400",
  "1e17",
  "-0",
  "[]",
  "null",
];
const values = [
  null,
  true,
  -1,
  1e300,
  "",
  "F32",
  "__proto__",
  [],
  [1, 2, 3],
  [[]],
  {},
  { dtype: "F32" },
  "x".repeat(5000),
  new Array(300).fill(1),
];
const keys = ["__proto__", "constructor", "__metadata__", "dtype", "shape", "data_offsets", "", "\u0000", "a\u001b[2J", "k".repeat(3000)];
const texts = ['{"a":', "[".repeat(5000), '"', "}", ",", "\\u0000", "\ud800", "NaN", '"half":1,'];

/** Repeatable damage to files: bits, lengths, numbers, and the structure of JSON. */
export class Mutator {
  #state: number;

  constructor(seed: number) {
    this.#state = seed * 2654435761;
  }

  /** A damaged copy of a safetensors file. */
  safetensors(source: Buffer): Buffer {
    const length = Number(source.readBigUInt64LE());
    const header = source.subarray(8, 8 + length);
    const data = source.subarray(8 + length);
    switch (this.#below(7)) {
      case 0:
        return this.#flip(source);
      case 1:
        return source.subarray(0, this.#below(source.length));
      case 2:
        return Buffer.concat([source, Buffer.alloc(1 + this.#below(40), this.#below(256))]);
      case 3:
        return rawSafetensors(header.toString(), data, this.#length(source.length));
      case 4:
        return this.#splice(source);
      case 5:
        return rawSafetensors(header.toString(), this.#flip(data));
      default:
        return rawSafetensors(this.json(header).toString(), data);
    }
  }

  /** A damaged copy of a JSON text. */
  json(source: Buffer): Buffer {
    const text = source.toString();
    switch (this.#below(5)) {
      case 0:
        return this.#flip(source);
      case 1:
        return Buffer.from(this.#tamper(text));
      case 2: {
        const at = this.#below(text.length);
        return Buffer.from(text.slice(0, at) + this.#pick(texts) + text.slice(at + this.#below(3)));
      }
      case 3:
        return Buffer.from(this.#spaced(text));
      default: {
        const tree = JSON.parse(text) as Record<string, unknown>;
        for (let n = 1 + this.#below(2); n > 0; n--) this.#cut(tree);
        return Buffer.from(JSON.stringify(tree));
      }
    }
  }

  /** One change somewhere in the tree: a value replaced, removed, renamed, moved or doubled. */
  #cut(tree: object): void {
    let node = tree as Record<string, unknown>;
    for (;;) {
      const names = Object.keys(node);
      if (names.length === 0) return;
      const name = this.#pick(names);
      const child = node[name];
      if (typeof child === "object" && child !== null && this.#below(3) > 0) {
        node = child as Record<string, unknown>;
        continue;
      }
      const put = (key: string, value: unknown) =>
        Object.defineProperty(node, key, { value: structuredClone(value), enumerable: true, configurable: true, writable: true });
      if (Array.isArray(node)) put(name, this.#pick<unknown>([...values, ...node]));
      else {
        const kind = this.#below(4);
        if (kind !== 0) delete node[name];
        if (kind < 2) put(name, this.#pick<unknown>([...values, ...Object.values(node)]));
        if (kind === 2) put(this.#below(2) ? this.#pick(keys) : `${name}.default`, child);
      }
      return;
    }
  }

  #tamper(text: string): string {
    const found = [...text.matchAll(/\d+/g)];
    if (found.length === 0) return text;
    const { 0: digits, index } = this.#pick(found);
    const near = String(Number(digits) + this.#below(17) - 8);
    return text.slice(0, index) + (this.#below(2) ? near : this.#pick(numbers)) + text.slice(index + digits.length);
  }

  /** White space after the separators, inside numbers too now and then: mostly still the same file. */
  #spaced(text: string): string {
    return text.replace(/[:,{}[\]]/g, (c) => (this.#below(4) ? c : `${c}${this.#pick([" ", "\n", "\t", "  ", "\u00a0"])}`));
  }

  #flip(source: Buffer): Buffer {
    const copy = Buffer.from(source);
    for (let n = 1 + this.#below(4); n > 0 && copy.length > 0; n--) copy[this.#below(copy.length)]! ^= 1 << this.#below(8);
    return copy;
  }

  #splice(source: Buffer): Buffer {
    const copy = Buffer.from(source);
    const from = this.#below(copy.length);
    copy.copyWithin(this.#below(copy.length), from, from + this.#below(64));
    return copy;
  }

  #length(size: number): bigint {
    const near = BigInt(size + this.#below(33) - 24);
    return this.#pick([near < 0n ? 0n : near, BigInt(this.#below(size)), 0n, 2n ** 32n, 99_999_999n, 2n ** 63n, 2n ** 64n - 1n]);
  }

  #pick<T>(list: readonly T[]): T {
    return list[this.#below(list.length)]!;
  }

  /** A whole number from 0 to n - 1. */
  #below(n: number): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % Math.max(n, 1);
  }
}

/** Fixtures made by Python, and comparing numbers with them. */
import fs from "node:fs";
import path from "node:path";
import * as assert from "uvu/assert";
import { readFloat32, readSafetensorsHeader } from "../../src/weights/safetensors.js";
import { fixture } from "./paths.js";

/** Arrays of numbers, typed or not. */
type Floats = Float32Array | Float64Array | readonly number[];

export interface Values {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

export const readJson = <T>(...parts: string[]): T => JSON.parse(fs.readFileSync(fixture(...parts), "utf8")) as T;

/** Every tensor of a folder's expected.safetensors. */
export function expectedValues(...folder: string[]): ReadonlyMap<string, Values> {
  const { tensors } = readSafetensorsHeader(path.join(fixture(...folder), "expected.safetensors"));
  return new Map([...tensors].map(([name, info]) => [name, { shape: info.shape, data: readFloat32(info) }]));
}

export const largest = (values: Floats): number => (values as readonly number[]).reduce((most, x) => Math.max(most, Math.abs(x)), 0);

/** The largest absolute difference; NaN where either side has one. */
export function difference(got: Floats, wanted: Floats): number {
  assert.is(got.length, wanted.length, "number of values");
  let most = 0;
  for (let i = 0; i < wanted.length; i++) {
    const apart = Math.abs(got[i]! - wanted[i]!);
    if (!(apart <= most)) most = apart;
  }
  return most;
}

export function near(got: Floats, wanted: Floats, tolerance: number, what = "values"): void {
  const apart = difference(got, wanted);
  assert.ok(apart <= tolerance, `${what} differ by ${apart}; at most ${tolerance}`);
}

/** Within `tolerance` of the largest wanted value. */
export const nearRelative = (got: Floats, wanted: Floats, tolerance: number, what?: string): void =>
  near(got, wanted, tolerance * largest(wanted), what);

/** Each value within `tolerance` of itself, with a floor for values close to 0. */
export function nearEach(got: Floats, wanted: Floats, tolerance: number, floor: number, what: string): void {
  assert.is(got.length, wanted.length, `${what}: number of values`);
  for (let i = 0; i < wanted.length; i++) {
    const [a, b] = [got[i]!, wanted[i]!];
    assert.ok(Math.abs(a - b) <= tolerance * Math.abs(b) + floor, `${what}[${i}]: got ${a}, wanted ${b}`);
  }
}

/** @file Element types of safetensors files and their conversion to float32. */

/** Bits of one element. The names are those of the file format. */
const bitsOf = {
  F64: 64,
  F32: 32,
  F16: 16,
  BF16: 16,
  I64: 64,
  I32: 32,
  I16: 16,
  I8: 8,
  U8: 8,
  BOOL: 8,
  U64: 64,
  U32: 32,
  U16: 16,
  C64: 64,
  F8_E4M3: 8,
  F8_E5M2: 8,
  F8_E8M0: 8,
  F8_E4M3FNUZ: 8,
  F8_E5M2FNUZ: 8,
  F6_E2M3: 6,
  F6_E3M2: 6,
  F4: 4,
} as const;

/** A dtype as a safetensors header spells it. All are listed; {@link floatDtypes} are read. */
export type SafetensorsDtype = keyof typeof bitsOf;

/** The dtypes that can be read as float32. */
export const floatDtypes = ["F32", "F16", "BF16", "F64"] as const;
export type FloatDtype = (typeof floatDtypes)[number];

export function isSafetensorsDtype(name: unknown): name is SafetensorsDtype {
  return typeof name === "string" && Object.hasOwn(bitsOf, name);
}

export function isFloatDtype(dtype: SafetensorsDtype): dtype is FloatDtype {
  return (floatDtypes as readonly string[]).includes(dtype);
}

/** Size of one element in bytes; a fraction for the packed 4- and 6-bit types. */
export function itemBytes(dtype: SafetensorsDtype): number {
  return bitsOf[dtype] / 8;
}

/** IEEE half precision, given as its 16 bits each, into `out`. Exact: every half is a float32. */
export function halfToFloat32(bits: Uint16Array, out: Float32Array): void {
  const table = halfTable();
  for (let i = 0; i < bits.length; i++) out[i] = table[bits[i]!]!;
}

/** bfloat16, given as its 16 bits each, into `out`. Exact: a bfloat16 is the upper half of a float32. */
export function bfloat16ToFloat32(bits: Uint16Array, out: Float32Array): void {
  const words = new Uint32Array(out.buffer, out.byteOffset, bits.length);
  for (let i = 0; i < bits.length; i++) words[i] = bits[i]! << 16;
}

let halves: Float32Array | undefined;

/** Value of each of the 65,536 halves (256 kB); looked up, a conversion costs one read. */
function halfTable(): Float32Array {
  if (halves) return halves;
  halves = new Float32Array(65_536);
  const words = new Uint32Array(halves.buffer);
  for (let bits = 0; bits < 65_536; bits++) {
    const exponent = (bits >> 10) & 31;
    const fraction = bits & 1023;
    if (exponent === 31) words[bits] = ((bits & 0x8000) << 16) | 0x7f800000 | (fraction << 13);
    else halves[bits] = (bits & 0x8000 ? -1 : 1) * (exponent === 0 ? fraction * 2 ** -24 : (1 + fraction / 1024) * 2 ** (exponent - 15));
  }
  return halves;
}

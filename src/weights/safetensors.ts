/** @file Reading tensors out of safetensors files as float32, and writing such files. */

import fs from "node:fs";
import { FileFormatError, OptionError, ShapeError } from "../errors.js";
import { bfloat16ToFloat32, floatDtypes, halfToFloat32, isFloatDtype, itemBytes, type SafetensorsDtype } from "./dtypes.js";
import { replaceFile } from "./replace-file.js";
import { openFile, readExactly, type TensorInfo } from "./safetensors-header.js";

export type { SafetensorsDtype } from "./dtypes.js";
export { readSafetensorsHeader, type SafetensorsHeader, type TensorInfo } from "./safetensors-header.js";

/** What a tensor's data may be held in when it is written; F16 and BF16 as their bits in a Uint16Array, BOOL as a Uint8Array. */
export type TensorData =
  | Float64Array
  | Float32Array
  | BigInt64Array
  | BigUint64Array
  | Int32Array
  | Uint32Array
  | Int16Array
  | Uint16Array
  | Int8Array
  | Uint8Array;

export interface TensorToWrite {
  readonly dtype: SafetensorsDtype;
  readonly shape: readonly number[];
  /** Row-major, as many elements as `shape` says. */
  readonly data: TensorData;
}

/** Elements converted at a time: the raw bytes are never held whole beside the result. */
const chunk = 2 ** 20;

/**
 * A tensor's values, row-major, as float32. F16 and BF16 convert exactly, F64 is rounded.
 *
 * @throws FileFormatError for any other dtype, and when the file has shrunk since its header was read.
 */
export function readFloat32(info: TensorInfo): Float32Array {
  const { dtype, file, name, offset, bytes } = info;
  if (!isFloatDtype(dtype)) {
    throw new FileFormatError(file, `dtype ${dtype} cannot be read as float32; ${floatDtypes.join(", ")} can`, { tensor: name });
  }
  const { fd } = openFile(file);
  try {
    const { size } = fs.fstatSync(fd);
    if (offset + bytes > size) throw new FileFormatError(file, `the file has shrunk to ${size} bytes`, { tensor: name });
    const count = bytes / itemBytes(dtype);
    const out = new Float32Array(count);
    if (dtype === "F32") {
      readExactly(fd, new Uint8Array(out.buffer), offset, file);
      return out;
    }
    const raw = dtype === "F64" ? new Float64Array(Math.min(chunk, count)) : new Uint16Array(Math.min(chunk, count));
    for (let done = 0; done < count; done += chunk) {
      const part = raw.subarray(0, Math.min(chunk, count - done));
      const target = out.subarray(done, done + part.length);
      readExactly(fd, new Uint8Array(part.buffer, 0, part.byteLength), offset + done * itemBytes(dtype), file);
      if (part instanceof Float64Array) target.set(part);
      else if (dtype === "F16") halfToFloat32(part, target);
      else bfloat16ToFloat32(part, target);
    }
    return out;
  } finally {
    fs.closeSync(fd);
  }
}

/**
 * Writes a safetensors file beside `file`, then renames it into place. Tensors lie in the order that the reference writer uses: widest
 * dtype first, then by name; the data starts at a multiple of 8 bytes.
 *
 * @param metadata free texts for the header's `__metadata__`; `{ format: "pt" }` makes older Python loaders accept the file.
 * @throws ShapeError when `data` does not have as many elements as `shape` says.
 */
export function writeSafetensors(
  file: string,
  tensors: Readonly<Record<string, TensorToWrite>>,
  metadata: Readonly<Record<string, string>> = {},
): void {
  const entries = Object.entries(tensors).sort(([a, x], [b, y]) => itemBytes(y.dtype) - itemBytes(x.dtype) || (a < b ? -1 : Number(a > b)));
  const header: Record<string, unknown> = Object.keys(metadata).length > 0 ? { __metadata__: metadata } : {};
  let end = 0;
  for (const [name, tensor] of entries) {
    if (name === "__metadata__" || name === "__proto__" || name === "") throw new OptionError("tensors", name, "another tensor name");
    check(name, tensor);
    header[name] = { dtype: tensor.dtype, shape: tensor.shape, data_offsets: [end, end + tensor.data.byteLength] };
    end += tensor.data.byteLength;
  }
  const json = Buffer.from(JSON.stringify(header));
  const length = Math.ceil(json.byteLength / 8) * 8;
  const start = Buffer.alloc(8 + length, " ");
  start.writeBigUInt64LE(BigInt(length));
  json.copy(start, 8);
  replaceFile(file, [start, ...entries.map(([, { data }]) => new Uint8Array(data.buffer, data.byteOffset, data.byteLength))]);
}

function check(name: string, { dtype, shape, data }: TensorToWrite): void {
  const elements = shape.reduce((product, n) => product * n, 1);
  if (data.BYTES_PER_ELEMENT !== itemBytes(dtype)) {
    throw new OptionError(`tensors[${name}].data`, data.constructor.name, `an array with ${itemBytes(dtype)} bytes an element (${dtype})`);
  }
  if (data.length !== elements || !shape.every((n) => Number.isSafeInteger(n) && n >= 0)) {
    throw new ShapeError("writeSafetensors", `${name}: shape [${shape.join(", ")}] but ${data.length} elements`, [shape, [data.length]]);
  }
}

/** Runs compiled bytes in ONNX Runtime. */
import * as ort from "onnxruntime-node";
import { compile, type DType, type Tensor } from "../../src/graph/index.js";

export interface Fed {
  readonly dtype?: DType;
  readonly dims: readonly number[];
  readonly data: readonly number[];
}

export interface Result {
  readonly dims: readonly number[];
  readonly data: number[];
}

export async function runGraph(
  outputs: Record<string, Tensor>,
  feeds: Record<string, Fed> = {},
  { threads = 1 } = {},
): Promise<Record<string, Result>> {
  const session = await ort.InferenceSession.create(compile(outputs).bytes, { logSeverityLevel: 4, intraOpNumThreads: threads });
  const results = await session.run(Object.fromEntries(Object.entries(feeds).map(([name, fed]) => [name, tensor(fed)])));
  const plain = Object.entries(results).map(([name, { dims, data }]): [string, Result] => [
    name,
    { dims, data: Array.from(data as Float32Array, Number) },
  ]);
  await session.release();
  return Object.fromEntries(plain);
}

function tensor({ dtype = "float32", dims, data }: Fed): ort.Tensor {
  switch (dtype) {
    case "int64":
      return new ort.Tensor("int64", BigInt64Array.from(data, BigInt), dims);
    case "int32":
      return new ort.Tensor("int32", Int32Array.from(data), dims);
    case "bool":
      return new ort.Tensor("bool", Uint8Array.from(data), dims);
    default:
      return new ort.Tensor("float32", Float32Array.from(data), dims);
  }
}

/**
 * @file Compiles tensors to the bytes of an ONNX model. Only what the outputs need is written, so a graph that stops at a layer is
 * a graph whose outputs lie there. Weights become external data that points into the checkpoint's own files.
 */
import path from "node:path";
import { EngineError, ShapeError } from "../errors.js";
import { Message } from "./protobuf.js";
import type { Attribute, DType, GraphInput, Operation, Tensor, Weight } from "./tensor.js";

const OPSET = 21;
const IR_VERSION = 10;
const DTYPES: Record<DType, number> = { float32: 1, int32: 6, int64: 7, bool: 9, float16: 10, bfloat16: 16 };

export interface CompiledGraph {
  /** a serialised ONNX ModelProto */
  readonly bytes: Uint8Array;
  /** what must be fed, in order of first use */
  readonly inputs: readonly { name: string; dtype: DType; shape: Tensor["shape"] }[];
  /** names of what comes out */
  readonly outputs: readonly string[];
  /** folder that holds every weight file; undefined for a graph without weights */
  readonly folder: string | undefined;
}

/**
 * @param outputs name -> tensor; names must differ from those of inputs
 * @throws ShapeError for two different inputs of one name or an output with the name of an input; EngineError for weights that lie in several folders
 */
export function compile(outputs: Readonly<Record<string, Tensor>>): CompiledGraph {
  const names = new Map<Tensor, string>();
  const graph = new Message();
  const initialisers: Message[] = [];
  const inputs = new Map<string, Tensor>();
  const constants = new Map<string, string>();
  const written = new Set<Operation>();
  let folder: string | undefined;
  let count = 0;

  for (const [name, tensor] of Object.entries(outputs)) if (tensor.source.kind === "op" && !names.has(tensor)) names.set(tensor, name);
  write(graph, operationsInOrder(Object.values(outputs), written));
  for (const [name, tensor] of Object.entries(outputs)) if (names.get(tensor) !== name) writeAlias(graph, tensor, name);

  for (const [name, tensor] of Object.entries(outputs)) {
    const fed = inputs.get(name);
    if (fed) throw new ShapeError("compile", `the output ${name} has the name of an input; call it otherwise`, [tensor.shape, fed.shape]);
  }
  graph.bytes(2, "neuronbook");
  for (const tensor of initialisers) graph.message(5, tensor);
  for (const [name, tensor] of inputs) graph.message(11, valueInfo(name, tensor));
  for (const [name, tensor] of Object.entries(outputs)) graph.message(12, valueInfo(name, tensor));
  const model = new Message().integer(1, IR_VERSION).bytes(2, "neuronbook").message(7, graph);
  model.message(8, new Message().integer(2, OPSET)).message(8, new Message().bytes(1, "com.microsoft").integer(2, 1));
  return {
    bytes: model.done(),
    inputs: [...inputs].map(([name, { dtype, shape }]) => ({ name, dtype, shape })),
    outputs: Object.keys(outputs),
    folder,
  };

  function write(into: Message, order: readonly Operation[]): void {
    for (const made of order) {
      const { inputs: read, branches } = made;
      const given = branches ? read.slice(0, 1) : read;
      const message = node(made, given.map(nameOf), made.outputs.map(resultName), `${made.type}_${count++}`);
      for (const [name, result] of Object.entries(branches ?? {})) message.message(5, subgraph(name, branch(result)));
      into.message(1, message);
      written.add(made);
    }
  }

  /** A graph within the graph: it sees what was made before it, and nothing outside sees what is made in it. */
  function branch(result: Tensor): Message {
    const inner = new Message();
    const inside = operationsInOrder([result], written);
    const made = inside.flatMap(({ outputs: results }) => results.filter((tensor) => tensor !== null));
    const outside = made.map((tensor) => names.get(tensor));
    for (const tensor of made) names.delete(tensor);
    write(inner, inside);
    const name = `%${count++}`;
    writeAlias(inner, result, name);
    for (const op of inside) written.delete(op);
    for (const [i, tensor] of made.entries()) {
      if (outside[i] === undefined) names.delete(tensor);
      else names.set(tensor, outside[i]);
    }
    return inner.bytes(2, name).message(12, valueInfo(name, result));
  }

  function writeAlias(into: Message, tensor: Tensor, name: string): void {
    const alias: Operation = { kind: "op", type: "Identity", domain: "", inputs: [tensor], attributes: {}, outputs: [] };
    into.message(1, node(alias, [nameOf(tensor)], [name], `alias_${count++}`));
  }

  function resultName(tensor: Tensor | null): string {
    if (tensor === null) return "";
    const known = names.get(tensor);
    if (known !== undefined) return known;
    const name = `%${count++}`;
    names.set(tensor, name);
    return name;
  }

  function nameOf(tensor: Tensor | null): string {
    if (tensor === null) return "";
    const known = names.get(tensor);
    if (known !== undefined) return known;
    const name = leafName(tensor);
    names.set(tensor, name);
    return name;
  }

  function leafName(tensor: Tensor): string {
    const { source } = tensor;
    if (source.kind === "input") return declareInput(tensor, source);
    if (source.kind === "weight") return declareWeight(tensor, source);
    if (source.kind === "constant") {
      const bytes = Buffer.from(source.data.buffer, source.data.byteOffset, source.data.byteLength);
      const small = bytes.length <= 256 ? `${tensor.dtype}:${tensor.shape}:${bytes.toString("base64")}` : undefined;
      const same = small === undefined ? undefined : constants.get(small);
      if (same !== undefined) return same;
      const name = `%${count++}`;
      initialisers.push(header(name, tensor).bytes(9, bytes));
      if (small !== undefined) constants.set(small, name);
      return name;
    }
    throw new EngineError(`internal: ${source.type} was used before it was made`);
  }

  function declareInput(tensor: Tensor, source: GraphInput): string {
    const other = inputs.get(source.name);
    if (other && (other.dtype !== tensor.dtype || other.shape.join() !== tensor.shape.join()))
      throw new ShapeError("input", `two different inputs are called ${source.name}`, [other.shape, tensor.shape]);
    inputs.set(source.name, tensor);
    return source.name;
  }

  function declareWeight(tensor: Tensor, source: Weight): string {
    const here = path.dirname(source.file);
    folder ??= here;
    if (folder !== here) throw new EngineError(`weights lie in several folders: ${folder} and ${here}; put all shards in one folder`);
    if (constants.has(source.name)) return source.name;
    constants.set(source.name, source.name);
    const at = { location: path.basename(source.file), offset: String(source.offset), length: String(source.bytes) };
    const initialiser = header(source.name, tensor);
    for (const [key, value] of Object.entries(at)) initialiser.message(13, new Message().bytes(1, key).bytes(2, value));
    initialisers.push(initialiser.integer(14, 1));
    return source.name;
  }
}

/**
 * What the wanted tensors need and is not there, each after what it reads. Depth first without recursion: a 30-layer graph is thousands of
 * nodes deep.
 */
function operationsInOrder(wanted: readonly Tensor[], there: ReadonlySet<Operation>): Operation[] {
  const order: Operation[] = [];
  const state = new Map<Operation, "open" | "done">();
  const stack = wanted.flatMap(({ source }) => (source.kind === "op" && !there.has(source) ? [source] : [])).reverse();
  while (stack.length > 0) {
    const made = stack[stack.length - 1];
    if (state.has(made)) {
      stack.pop();
      if (state.get(made) === "open") {
        state.set(made, "done");
        order.push(made);
      }
      continue;
    }
    state.set(made, "open");
    for (let i = made.inputs.length - 1; i >= 0; i--) {
      const source = made.inputs[i]?.source;
      if (source?.kind === "op" && !state.has(source) && !there.has(source)) stack.push(source);
    }
  }
  return order;
}

function node(made: Operation, inputs: readonly string[], outputs: readonly string[], name: string): Message {
  const message = new Message();
  for (const value of inputs) message.bytes(1, value);
  for (const value of outputs) message.bytes(2, value);
  message.bytes(3, name).bytes(4, made.type);
  for (const [key, value] of Object.entries(made.attributes)) message.message(5, attribute(key, value));
  return made.domain === "" ? message : message.bytes(7, made.domain);
}

function attribute(name: string, value: Attribute): Message {
  const message = new Message().bytes(1, name);
  if (typeof value === "number") return message.integer(3, value).integer(20, 2);
  if (typeof value === "string") return message.bytes(4, value).integer(20, 3);
  if ("float" in value) return message.float(2, value.float).integer(20, 1);
  for (const item of value) message.integer(8, item);
  return message.integer(20, 7);
}

const subgraph = (name: string, graph: Message): Message => new Message().bytes(1, name).message(6, graph).integer(20, 5);

function header(name: string, tensor: Tensor): Message {
  const message = new Message();
  for (const dim of tensor.shape) message.integer(1, dim as number);
  return message.integer(2, DTYPES[tensor.dtype]).bytes(8, name);
}

function valueInfo(name: string, tensor: Tensor): Message {
  const shape = new Message();
  for (const dim of tensor.shape) shape.message(1, typeof dim === "number" ? new Message().integer(1, dim) : new Message().bytes(2, dim));
  const type = new Message().integer(1, DTYPES[tensor.dtype]).message(2, shape);
  return new Message().bytes(1, name).message(2, new Message().message(1, type));
}

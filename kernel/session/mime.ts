/** @file How a value is shown: its own MIME bundle, a table, a short preview of numbers, or what Node's inspector says. */
import util from "node:util";
import { DATA_RESOURCE, dataResource } from "./data-resource.js";
import type { MimeBundle } from "./orders.js";

const MIME_METHODS = [Symbol.for("Jupyter.display"), Symbol.for("Jupyter.mime")];
const MIME_TYPE = /^[\w.+-]+\/[\w.+-]+$/;
const MOST_ROWS = 20;
const MOST_NUMBERS = 8;
/** longest plain text of a result; the rest is cut */
const MOST_TEXT = 100_000;

interface TableLike {
  numRows(): number;
  numCols(): number;
  columnNames(): string[];
  get(name: string, row: number): unknown;
  toHTML(options: { limit: number }): string;
}

interface ArrayLikeTensor {
  readonly shape: readonly number[];
  readonly data: ArrayBufferView & ArrayLike<number | bigint>;
  readonly site?: unknown;
  readonly dtype?: unknown;
}

/** At once, unless the value makes its bundle in time of its own, as figures do. */
export function mimeBundle(value: unknown): MimeBundle | Promise<MimeBundle> {
  return isObject(value) ? ofObject(value, MIME_METHODS) : { "text/plain": plain(value) };
}

function ofObject(value: object, [method, ...methods]: readonly symbol[]): MimeBundle | Promise<MimeBundle> {
  if (method === undefined) return isTable(value) ? tableBundle(value) : { "text/plain": plain(value) };
  const own = (value as Record<symbol, unknown>)[method];
  if (typeof own !== "function") return ofObject(value, methods);
  const whole = (bundle: unknown) =>
    isBundle(bundle) ? ("text/plain" in bundle ? bundle : { ...bundle, "text/plain": plain(value) }) : ofObject(value, methods);
  const made: unknown = own.call(value);
  return isThenable(made) ? Promise.resolve(made).then(whole) : whole(made);
}

/** A bundle that `display` was given as it is. */
export function isBundle(value: unknown): value is MimeBundle {
  if (!isObject(value) || Array.isArray(value)) return false;
  const prototype = Object.getPrototypeOf(value);
  const keys = Object.keys(value);
  return (prototype === Object.prototype || prototype === null) && keys.length > 0 && keys.every((key) => MIME_TYPE.test(key));
}

export function plain(value: unknown): string {
  const text = isTypedArray(value)
    ? numbers(value, value.constructor.name, [value.length])
    : isTensor(value)
      ? tensor(value)
      : inspected(value);
  return text.length <= MOST_TEXT ? text : `${text.slice(0, MOST_TEXT)}… ${text.length - MOST_TEXT} more characters`;
}

function inspected(value: unknown): string {
  return util.inspect(value, { depth: 4, maxArrayLength: 50, maxStringLength: 10_000, breakLength: 100 });
}

function tensor(value: ArrayLikeTensor): string {
  const type = value.constructor.name;
  const site = typeof value.site === "string" ? ` ${value.site}` : "";
  return numbers(value.data, `${type}${site}`, value.shape);
}

/** `Float32Array (3, 4) [0.1, 0.2, …]` */
function numbers(data: ArrayLike<number | bigint>, name: string, shape: readonly number[]): string {
  const first = Array.from({ length: Math.min(MOST_NUMBERS, data.length) }, (_, i) => short(data[i]!));
  const rest = data.length > MOST_NUMBERS ? `, … ${data.length - MOST_NUMBERS} more` : "";
  return `${name} (${shape.join(", ")}) [${first.join(", ")}${rest}]`;
}

function short(value: number | bigint): string {
  if (typeof value === "bigint" || Number.isInteger(value) || !Number.isFinite(value)) return String(value);
  return String(Number(value.toPrecision(5)));
}

function tableBundle(table: TableLike): MimeBundle {
  const resource = dataResource(table);
  const kept = resource.data.length;
  const cut = kept < resource.totalRows ? `the notebook keeps the first ${kept} rows` : "";
  return { [DATA_RESOURCE]: resource, "text/html": tableHtml(table, cut), "text/plain": tableText(table, cut) };
}

function tableHtml(table: TableLike, cut: string): string {
  const html = table.toHTML({ limit: MOST_ROWS });
  const more = table.numRows() - MOST_ROWS;
  const said = [more > 0 && `… ${more} more rows`, `${table.numRows()} rows × ${table.numCols()} columns`, cut].filter(Boolean);
  return more > 0 || cut ? `${html}<p>${said.join("; ")}</p>` : html;
}

function tableText(table: TableLike, cut: string): string {
  const names = table.columnNames();
  const rows = Array.from({ length: Math.min(MOST_ROWS, table.numRows()) }, (_, row) =>
    names.map((name) => cellText(table.get(name, row))),
  );
  const widths = names.map((name, i) => Math.max(name.length, ...rows.map((row) => row[i]!.length)));
  const lines = [names, ...rows].map((row) => row.map((text, i) => text.padStart(widths[i]!)).join("  "));
  return [...lines, `${table.numRows()} rows × ${table.numCols()} columns${cut && `; ${cut}`}`].join("\n");
}

function cellText(value: unknown): string {
  if (typeof value === "number") return short(value);
  const text = typeof value === "string" ? value : inspected(value);
  const line = text.replaceAll(/\s+/g, " ");
  return line.length > 60 ? `${line.slice(0, 59)}…` : line;
}

const isThenable = (value: unknown): value is PromiseLike<unknown> =>
  isObject(value) && typeof (value as { then?: unknown }).then === "function";

const isObject = (value: unknown): value is object => value !== null && (typeof value === "object" || typeof value === "function");

const isTypedArray = (value: unknown): value is Float32Array =>
  ArrayBuffer.isView(value) && !(value instanceof DataView) && !Buffer.isBuffer(value);

function isTensor(value: unknown): value is ArrayLikeTensor {
  if (!isObject(value) || !("shape" in value) || !("data" in value)) return false;
  const { shape, data } = value;
  return Array.isArray(shape) && shape.every((size) => Number.isInteger(size)) && isTypedArray(data);
}

function isTable(value: object): value is TableLike {
  return ["numRows", "numCols", "columnNames", "get", "toHTML"].every(
    (name) => typeof (value as Record<string, unknown>)[name] === "function",
  );
}

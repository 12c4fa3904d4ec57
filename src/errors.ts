/**
 * @file The typed errors of neuronbook. Each message names the thing (file, tensor, site, option), the value got, the value
 * expected, and what to do; the same facts stand in fields, so that a caller need not read the sentence.
 */

/** Base class: `catch (e) { if (e instanceof NeuronbookError) … }`. `code` is stable, e.g. `"file-format"`. */
export class NeuronbookError extends Error {
  constructor(
    readonly code: string,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = new.target.name;
  }
}

/** A file is damaged, hostile or of a kind that is not read here. */
export class FileFormatError extends NeuronbookError {
  readonly file: string;
  readonly tensor: string | undefined;
  readonly reason: string;
  constructor(file: string, reason: string, options: ErrorOptions & { tensor?: string } = {}) {
    super("file-format", `${file}${options.tensor === undefined ? "" : `: tensor ${options.tensor}`}: ${reason}`, options);
    this.file = file;
    this.tensor = options.tensor;
    this.reason = reason;
  }
}

/** A model, adapter or data file is not where it was looked for. The message says where that was and how to get it. */
export class NotFoundError extends NeuronbookError {
  constructor(
    readonly what: string,
    message: string,
    options?: ErrorOptions,
  ) {
    super("not-found", message, options);
  }
}

/** Shapes that do not go together; names the op and the shapes. */
export class ShapeError extends NeuronbookError {
  constructor(
    readonly op: string,
    message: string,
    readonly shapes: readonly (readonly (number | string)[])[] = [],
  ) {
    super("shape", `${op}: ${message}`);
  }
}

/** A site name that the model does not have, or that cannot be used this way. */
export class SiteError extends NeuronbookError {
  constructor(
    readonly site: string,
    message: string,
  ) {
    super("site", `site ${JSON.stringify(site)}: ${message}`);
  }
}

/** An argument or option with a value that makes no sense; says which values do. */
export class OptionError extends NeuronbookError {
  constructor(
    readonly option: string,
    readonly got: unknown,
    readonly expected: string,
  ) {
    super("option", `${option}: expected ${expected}; got ${printable(got)}`);
  }
}

/** Something was used after `dispose()`. */
export class DisposedError extends NeuronbookError {
  constructor(what: string) {
    super("disposed", `${what} was disposed; open it again`);
  }
}

/** The runtime below (ONNX Runtime, the worker) failed; `cause` holds its own error. */
export class EngineError extends NeuronbookError {
  constructor(message: string, options?: ErrorOptions) {
    super("engine", message, options);
  }
}

function printable(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.slice(0, 8).map(printable).join(", ")}${value.length > 8 ? ", …" : ""}]`;
  return String(value);
}

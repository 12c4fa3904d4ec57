/** @file One row of a publisher's file: fields by name and type. What is wrong is told by file, row and field, never by its text. */
import { FileFormatError } from "../errors.js";

export class Row {
  constructor(
    readonly file: string,
    /** "line 3" */
    readonly at: string,
    private readonly fields: Readonly<Record<string, unknown>>,
    /** subset and split that the file's name says */
    readonly subset: string | undefined,
    readonly split: string | undefined,
    private readonly skipped: (reason: string) => void,
  ) {}

  names(): string[] {
    return Object.keys(this.fields);
  }

  has(name: string): boolean {
    return Object.hasOwn(this.fields, name) && this.fields[name] !== null && this.fields[name] !== undefined;
  }

  /** The first of these fields that the row has. */
  text(...names: readonly string[]): string {
    const name = names.find((one) => this.has(one));
    const value = name === undefined ? undefined : this.fields[name];
    if (typeof value !== "string") throw this.wrong(names.join(" or "), "a text", value);
    return value;
  }

  /** A text that is not blank, white space around it left as it is. */
  filledText(...names: readonly string[]): string {
    const text = this.text(...names);
    if (text.trim() === "") throw this.wrong(names.join(" or "), "a text that is not empty", text);
    return text;
  }

  /** undefined where the field is absent, null or blank */
  optionalText(...names: readonly string[]): string | undefined {
    const name = names.find((one) => this.has(one));
    if (name === undefined) return undefined;
    const value = this.fields[name];
    if (typeof value === "number") return String(value);
    return this.text(name).trim() === "" ? undefined : this.text(name);
  }

  number(name: string): number {
    const value = this.fields[name];
    // CSV has texts alone
    const number = typeof value === "string" && value.trim() !== "" ? Number(value) : value;
    if (typeof number !== "number" || !Number.isFinite(number)) throw this.wrong(name, "a number", value);
    return number;
  }

  /** true, false, 0, 1, or these words. */
  flag(name: string): boolean {
    const value = this.fields[name];
    if (typeof value === "boolean") return value;
    if (typeof value === "string" && /^(true|false)$/i.test(value)) return value.toLowerCase() === "true";
    const number = this.number(name);
    if (number !== 0 && number !== 1) throw this.wrong(name, "0 or 1", value);
    return number === 1;
  }

  texts(name: string): readonly string[] {
    const value = this.fields[name];
    if (!Array.isArray(value) || !value.every((one) => typeof one === "string")) throw this.wrong(name, "a list of texts", value);
    return value;
  }

  list(name: string): readonly unknown[] {
    const value = this.fields[name];
    if (!Array.isArray(value)) throw this.wrong(name, "a list", value);
    return value;
  }

  /** A struct inside the row; what is wrong in it is told by its name too. */
  struct(name: string): Row {
    return this.inside(name, this.fields[name]);
  }

  structs(name: string): Row[] {
    return this.list(name).map((value, i) => this.inside(`${name}[${i}]`, value));
  }

  /** Leaves this row out, and counts it under `reason` in the data set's `skipped`. */
  skip(reason: string): never[] {
    this.skipped(reason);
    return [];
  }

  wrong(field: string, expected: string, got: unknown): FileFormatError {
    return new FileFormatError(this.file, `${this.at}: field ${field}: expected ${expected}; got ${kindOf(got)}`);
  }

  private inside(name: string, value: unknown): Row {
    if (typeof value !== "object" || value === null || Array.isArray(value)) throw this.wrong(name, "an object", value);
    return new Row(this.file, `${this.at}, ${name}`, value as Record<string, unknown>, this.subset, this.split, this.skipped);
  }
}

function kindOf(value: unknown): string {
  if (value === undefined) return "nothing";
  if (value === null) return "null";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "string") return value.trim() === "" ? "an empty text" : "a text";
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}

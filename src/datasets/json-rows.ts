/** @file JSON lines, and JSON files that are one array of objects or objects one after the other; never held whole. */
import { FileFormatError } from "../errors.js";
import { type JsonObject, parseJsonObject } from "../weights/json.js";
import { bytesOf, isBlank, linesOf, MOST_RECORD_BYTES, type ReadingOptions } from "./bytes.js";

export interface JsonRow {
  readonly fields: JsonObject;
  /** "line 3" or "record 3", from 1 */
  readonly at: string;
}

/**
 * The objects of a JSON lines file, one by one; empty lines are skipped, a name that ends in `.gz` or `.xz` is unpacked on the way. A file that
 * is one JSON array of objects in spite of its name is read too.
 *
 * @throws NotFoundError; FileFormatError with the line, never with its text
 */
export async function* readJsonl(file: string, options: ReadingOptions = {}): AsyncGenerator<JsonObject> {
  for await (const { fields } of jsonlRows(file, options)) yield fields;
}

export async function* jsonlRows(file: string, options: ReadingOptions = {}): AsyncGenerator<JsonRow> {
  if ((await firstByte(file, options)) === OPEN_LIST) {
    yield* jsonRows(file, options);
    return;
  }
  let line = 0;
  for await (const bytes of linesOf(file, options)) {
    line++;
    if (bytes.every(isBlank)) continue;
    yield { fields: parse(bytes, file, `line ${line}`), at: `line ${line}` };
  }
}

/** Top-level objects: of one array, or one after the other, whatever white space lies between. */
export async function* jsonRows(file: string, options: ReadingOptions = {}): AsyncGenerator<JsonRow> {
  const splitter = new ObjectSplitter(file);
  for await (const chunk of bytesOf(file, options)) {
    for (const bytes of splitter.push(chunk)) yield { fields: parse(bytes, file, splitter.at), at: splitter.at };
  }
  splitter.end();
}

const [QUOTE, COMMA, OPEN_LIST, BACKSLASH, CLOSE_LIST, OPEN, CLOSE] = [34, 44, 91, 92, 93, 123, 125];

class ObjectSplitter {
  #parts: Buffer[] = [];
  #held = 0;
  #depth = 0;
  #record = 0;
  #inString = false;
  #escaped = false;
  #list: "none" | "open" | "closed" = "none";

  constructor(private readonly file: string) {}

  /** the object last yielded, or the one under way */
  get at(): string {
    return `record ${this.#record}`;
  }

  *push(chunk: Buffer): Generator<Buffer> {
    let start = 0;
    for (let i = 0; i < chunk.length; i++) {
      const byte = chunk[i];
      if (this.#inString) {
        if (this.#escaped) this.#escaped = false;
        else if (byte === BACKSLASH) this.#escaped = true;
        else if (byte === QUOTE) this.#inString = false;
      } else if (this.#depth === 0) {
        if (byte === OPEN) {
          this.#depth = 1;
          this.#record++;
          start = i;
        } else this.#between(byte);
      } else if (byte === QUOTE) this.#inString = true;
      else if (byte === OPEN || byte === OPEN_LIST) this.#depth++;
      else if (byte === CLOSE || byte === CLOSE_LIST) {
        if (--this.#depth > 0) continue;
        this.#take(chunk.subarray(start, i + 1));
        yield Buffer.concat(this.#parts);
        this.#parts = [];
        this.#held = 0;
      }
    }
    if (this.#depth > 0) this.#take(chunk.subarray(start));
  }

  end(): void {
    if (this.#depth > 0 || this.#list === "open") throw new FileFormatError(this.file, `ends in the middle, after ${this.at} began`);
  }

  #between(byte: number): void {
    if (isBlank(byte) || (byte === COMMA && this.#list === "open")) return;
    if (byte === OPEN_LIST && this.#list === "none" && this.#record === 0) this.#list = "open";
    else if (byte === CLOSE_LIST && this.#list === "open") this.#list = "closed";
    else throw new FileFormatError(this.file, `after ${this.at}: expected JSON objects, one after the other or in one list`);
  }

  #take(part: Buffer): void {
    this.#held += part.length;
    if (this.#held > MOST_RECORD_BYTES)
      throw new FileFormatError(this.file, `${this.at} is longer than ${MOST_RECORD_BYTES / 2 ** 20} MiB`);
    this.#parts.push(part);
  }
}

async function firstByte(file: string, options: ReadingOptions): Promise<number | undefined> {
  for await (const chunk of bytesOf(file, options)) {
    const byte = chunk.find((one) => !isBlank(one));
    if (byte !== undefined) return byte;
  }
  return undefined;
}

/** The reason that JSON.parse gives quotes the text, which may be harmful: it is not handed on, not even as a cause. */
function parse(bytes: Uint8Array, file: string, at: string): JsonObject {
  try {
    return parseJsonObject(bytes, file, at);
  } catch (error) {
    if (!(error instanceof FileFormatError)) throw error;
    throw new FileFormatError(
      file,
      `${at} is not a JSON object that is read here: broken JSON or UTF-8, a key given twice, or nested too deep`,
    );
  }
}

/** @file A bundle read, checked and unpacked. It may come from anybody. */
import fs from "node:fs";
import path from "node:path";
import { FileFormatError, OptionError } from "../../src/errors.js";
import { replaceFile } from "../../src/weights/replace-file.js";
import { type Notebook, readNotebook } from "../notebook/format.js";
import { type Entries, readArchive } from "./archive.js";
import { FILES, NOTEBOOK, ORIGIN, PAGE, TABLES } from "./layout.js";
import { sha256 } from "./local-files.js";
import { type Origin, readOrigin } from "./origin.js";
import { readTable, type TableData } from "./table-data.js";
import { readTableIndex, type TableEntry } from "./table-index.js";

export interface OpenedBundle {
  readonly origin: Origin;
  readonly notebook: Notebook;
  /** where the notebook was unpacked, under its own name */
  readonly file: string;
  readonly tables: readonly (TableEntry & { readonly data: TableData })[];
  /** tables and page whose bytes are not those that origin.json names: changed after the bundle was made */
  readonly altered: readonly string[];
}

/** What may differ from origin.json's digests without a danger to who reruns it: nothing of it is run, and tables are compared. */
const mayDiffer = (name: string): boolean => name === PAGE || (name.startsWith("tables/") && name !== TABLES);

/**
 * @param folder gets the notebook and the files that it needs; made where there is none
 * @param scratch an empty folder for what is only read
 * @throws NotFoundError
 * @throws FileFormatError for what is damaged, no bundle, of another format version, or was changed in what would be run
 * @throws OptionError where a file of another content is in the way
 */
export async function openBundle(bundle: string, folder: string, scratch: string, signal?: AbortSignal): Promise<OpenedBundle> {
  const entries = readArchive(bundle);
  const origin = readOrigin(entries.get(ORIGIN), bundle);
  const altered = alteredEntries(entries, origin, bundle);
  const index = readTableIndex(entries.get(TABLES), bundle);
  const tables: OpenedBundle["tables"][number][] = [];
  for (const entry of index) {
    const bytes = entries.get(entry.file);
    if (bytes === undefined) throw new FileFormatError(bundle, `has no ${entry.file}`);
    const unpacked = path.join(scratch, `${tables.length}.parquet`);
    fs.writeFileSync(unpacked, bytes);
    const types = new Map(entry.columns.map(({ name, type }) => [name, type]));
    try {
      tables.push({ ...entry, data: await readTable(unpacked, types, entry.totalRows, signal) });
    } catch (cause) {
      if (!(cause instanceof FileFormatError)) throw cause;
      throw new FileFormatError(bundle, `${entry.file} ${cause.reason}`, { cause });
    }
  }
  const unpacked = path.join(scratch, NOTEBOOK);
  fs.writeFileSync(unpacked, entries.get(NOTEBOOK)!);
  let notebook: Notebook;
  try {
    notebook = readNotebook(unpacked);
  } catch (cause) {
    if (!(cause instanceof FileFormatError)) throw cause;
    throw new FileFormatError(bundle, `${NOTEBOOK} ${cause.reason}`, { cause });
  }
  const file = path.join(folder, origin.notebook.name);
  place(file, entries.get(NOTEBOOK)!);
  for (const [name, bytes] of entries) if (name.startsWith(FILES)) place(path.join(folder, name.slice(FILES.length)), bytes);
  return { origin, notebook, file, tables, altered };
}

function alteredEntries(entries: Entries, { files }: Origin, bundle: string): string[] {
  for (const name of [NOTEBOOK, ...Object.keys(files)])
    if (!entries.has(name)) throw new FileFormatError(bundle, `has no ${name}, which origin.json names`);
  const altered: string[] = [];
  for (const [name, bytes] of entries) {
    if (name === ORIGIN || (Object.hasOwn(files, name) && files[name] === sha256(bytes))) continue;
    if (!mayDiffer(name))
      throw new FileFormatError(bundle, `${name} does not have the digest that origin.json says: damaged, or changed after it was bundled`);
    altered.push(name);
  }
  return altered;
}

/** Never over what the user has. */
function place(file: string, content: Uint8Array): void {
  const there = fs.statSync(file, { throwIfNoEntry: false });
  if (there === undefined) replaceFile(file, [content]);
  else if (!there.isFile() || !fs.readFileSync(file).equals(content))
    throw new OptionError("folder", path.dirname(file), `a folder without another ${path.basename(file)}`);
}

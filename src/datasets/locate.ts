/** @file From a data set's name to its files: a path, the folder NEURONBOOK_DATA, or the Hugging Face cache. */
import fs from "node:fs";
import path from "node:path";
import { FileFormatError, NotFoundError } from "../errors.js";
import { hubCacheDir } from "../weights/hub.js";
import { repoFolder, snapshotFolder } from "../weights/hub-cache.js";
import type { DatasetDefinition } from "./definition.js";
import { type FileTags, fileNameText, tagsOf } from "./file-names.js";

export interface LocatedFile extends FileTags {
  readonly path: string;
}

const MOST_FILES = 20_000;
const DEEPEST = 6;

/**
 * @param given a file (whatever its name) or a folder; undefined: NEURONBOOK_DATA, then the cache
 * @returns files in the order of their paths
 * @throws NotFoundError which says where was looked, what the files are called, and where to get them
 */
export function locateFiles(definition: DatasetDefinition, given?: string): LocatedFile[] {
  const searched = given === undefined ? usualFolders(definition) : [path.resolve(given)];
  if (given !== undefined && fs.statSync(given, { throwIfNoEntry: false })?.isFile()) {
    return [{ ...tagsOf(definition.files, searched[0]), path: searched[0] }];
  }
  for (const folder of searched) {
    const found = filesBelow(folder).flatMap((file) => {
      const tags = tagsOf(definition.files, file);
      return tags === undefined ? [] : [{ ...tags, path: file }];
    });
    if (found.length > 0) return found;
  }
  throw new NotFoundError(definition.name, notFound(definition, searched));
}

/** Where to look when no path is given, first to last. */
function usualFolders({ name, folders = [], repositories }: DatasetDefinition): string[] {
  const data = process.env.NEURONBOOK_DATA;
  const names = [...folders, name, ...repositories.flatMap((repo) => [repo, repo.replace("/", "--")])];
  const beneath = data ? [...new Set(names)].map((folder) => path.resolve(data, folder)) : [];
  const cache = hubCacheDir();
  return [...beneath, ...repositories.map((repo) => cachedSnapshot(cache, repo))];
}

/** The folder of the cached snapshot: of `main`, or the only one; a folder that is not there where neither is. */
function cachedSnapshot(cache: string, repo: string): string {
  const main = snapshotFolder(cache, repo, "main", "datasets");
  if (main !== undefined) return main;
  const snapshots = path.join(repoFolder(cache, repo, "datasets"), "snapshots");
  const all = fs.existsSync(snapshots) ? fs.readdirSync(snapshots) : [];
  return path.join(snapshots, all.length === 1 ? all[0] : "<commit of main>");
}

function filesBelow(folder: string): string[] {
  const files: string[] = [];
  const walk = (at: string, depth: number) => {
    for (const name of fs.readdirSync(at).sort()) {
      if (name.startsWith(".")) continue;
      const file = path.join(at, name);
      // the cache's snapshots are links to blobs
      const stat = fs.statSync(file, { throwIfNoEntry: false });
      if (stat?.isDirectory() && depth < DEEPEST) walk(file, depth + 1);
      if (!stat?.isFile()) continue;
      if (files.push(file) > MOST_FILES)
        throw new FileFormatError(folder, `more than ${MOST_FILES} files; name a folder with fewer, or a file`);
    }
  };
  if (fs.statSync(folder, { throwIfNoEntry: false })?.isDirectory()) walk(folder, 0);
  return files;
}

function notFound(definition: DatasetDefinition, searched: readonly string[]): string {
  const { name, about, licence, repositories, homepage, files } = definition;
  const [first] = repositories;
  const ways = [
    ...(first === undefined ? [] : [`\`hf download ${first} --repo-type dataset\``]),
    ...(homepage === undefined ? [] : [`take it from ${homepage}`]),
  ];
  return (
    `the data set ${name} (${about}) is not here. Looked in: ${searched.join(", ") || "no folder"}; ` +
    `for files called ${files.map(fileNameText).join(", ")}. ` +
    `To get it: ${ways.join(", or ")} (licence: ${licence}); then pass its file or folder as \`path\`, ` +
    "or set NEURONBOOK_DATA to the folder above it, or HF_HOME to the folder whose hub/ has it"
  );
}

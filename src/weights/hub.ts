/** @file From the name of a model or adapter to a folder on this machine: a local folder, the Hugging Face cache, or a download into it. */

import fs from "node:fs";
import path from "node:path";
import { NotFoundError, OptionError } from "../errors.js";
import { hubCacheDir, isOffline, isRepoName, missingFiles, type RepoKind, snapshotFolder } from "./hub-cache.js";
import { downloadSnapshot, type HubOptions } from "./hub-download.js";

export { hubCacheDir, isOffline } from "./hub-cache.js";
export type { DownloadProgress, HubOptions } from "./hub-download.js";

/**
 * The folder of a model's checkpoint. A local folder of that name wins; then the cache; then, unless `HF_HUB_OFFLINE` is set, the files
 * needed are downloaded from the hub (`HF_ENDPOINT`, `HF_TOKEN`) into the cache.
 *
 * @throws NotFoundError when it is nowhere; says where it was looked for and how to get it.
 * @throws FileFormatError when what arrived is not what the hub announced.
 */
export async function locateModel(nameOrFolder: string, options: HubOptions = {}): Promise<string> {
  return locate(nameOrFolder, "model", options);
}

/** The folder of a PEFT adapter, or the path of its weights file when a file was given. Otherwise as {@link locateModel}. */
export async function locateAdapter(nameOrFolderOrFile: string, options: HubOptions = {}): Promise<string> {
  return locate(nameOrFolderOrFile, "adapter", options);
}

async function locate(name: string, kind: RepoKind, options: HubOptions): Promise<string> {
  const local = fs.statSync(name, { throwIfNoEntry: false });
  if (local?.isDirectory() || (local && kind === "adapter")) return path.resolve(name);
  if (local) throw new OptionError(kind, name, "the folder of a checkpoint or a repository's name, not a file");
  if (!isRepoName(name))
    throw new NotFoundError(name, `no ${kind} ${name}: there is no such folder, and it is not the name of a repository`);

  const { revision = "main", cacheDir = hubCacheDir() } = options;
  const snapshot = snapshotFolder(cacheDir, name, revision);
  const missing = snapshot === undefined ? undefined : missingFiles(snapshot, kind);
  if (snapshot !== undefined && missing?.length === 0) return snapshot;
  const absence = missing
    ? `the cache ${cacheDir} lacks ${missing.slice(0, 3).join(", ")} of ${kind} ${name}`
    : `${kind} ${name} is not in the cache ${cacheDir}`;
  if (isOffline()) {
    throw new NotFoundError(name, `${absence}, and HF_HUB_OFFLINE or TRANSFORMERS_OFFLINE is set. ${waysToGet(name, revision)}`);
  }
  const request = { repo: name, kind, revision, cacheDir, onProgress: options.onProgress, signal: options.signal };
  return downloadSnapshot(request, `${absence}. ${waysToGet(name, revision)}`);
}

function waysToGet(name: string, revision: string): string {
  const at = revision === "main" ? "" : ` --revision ${revision}`;
  return (
    "To get it: run once with network and without HF_HUB_OFFLINE; " +
    `or \`hf download ${name}${at}\` (older: \`huggingface-cli download ${name}${at}\`); or set HF_HOME to the folder whose hub/ has it`
  );
}

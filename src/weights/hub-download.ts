/**
 * @file Downloads from the hub into the cache. Requests go through @huggingface/hub; added here is what its own snapshot download lacks:
 * only the files needed, progress, resuming, cancelling, and a check of what arrived.
 */

import fs from "node:fs";
import path from "node:path";
import type { ListFileEntry } from "@huggingface/hub";
import { FileFormatError, NeuronbookError, NotFoundError, OptionError } from "../errors.js";
import { readWeightsIndex, singleWeights, weightsIndex } from "./checkpoint.js";
import { type RepoKind, refFile, repoFolder } from "./hub-cache.js";
import { checksum, type DownloadProgress, transfer } from "./hub-transfer.js";
import { printable } from "./json.js";
import { replaceFile } from "./replace-file.js";
import { howToConvert } from "./safetensors-header.js";

export type { DownloadProgress } from "./hub-transfer.js";

export interface HubOptions {
  /** Branch, tag or commit. Default `"main"`: the one that the cache has, without asking the network whether it is the newest. */
  readonly revision?: string;
  readonly onProgress?: (progress: DownloadProgress) => void;
  /** Stops a download; what has arrived is kept, and the next call goes on from there. */
  readonly signal?: AbortSignal;
  /** Default `hubCacheDir()`. */
  readonly cacheDir?: string;
}

export interface HubRequest extends Pick<HubOptions, "onProgress" | "signal"> {
  readonly repo: string;
  readonly kind: RepoKind;
  readonly revision: string;
  readonly cacheDir: string;
}

/** The library with what each of its calls needs. */
interface Hub {
  readonly library: typeof import("@huggingface/hub");
  readonly access: { hubUrl?: string; accessToken?: string; fetch: typeof fetch };
  /** An error of the library as one of ours, with advice. */
  readonly explain: (cause: unknown) => unknown;
}

/** One commit of a repository, and its files by name. */
interface Listing {
  readonly commit: string;
  readonly files: ReadonlyMap<string, ListFileEntry>;
}

/**
 * Downloads what is needed of a repository and returns its snapshot's folder.
 *
 * @param advice what to tell the user when the hub cannot give it.
 * @throws the signal's reason when it was aborted.
 */
export async function downloadSnapshot(request: HubRequest, advice: string): Promise<string> {
  const { repo, revision, cacheDir, kind } = request;
  const library = await import("@huggingface/hub");
  const explain = (cause: unknown) => explained(library, cause, repo, advice);
  const hub: Hub = { library, access: accessOf(request.signal), explain };
  try {
    const { commit, files } = await list(hub, request);
    const folder = path.join(repoFolder(cacheDir, repo), "snapshots", commit);
    const fetchFile = async (file: string) => {
      const entry = files.get(file);
      if (!entry) throw new NotFoundError(repo, `repository ${repo} at ${commit} has no ${file}, which its ${weightsIndex} names`);
      await exclusively(path.join(folder, file), () => downloadFile(hub, request, entry, commit, folder));
    };
    for (const file of smallFiles([...files.keys()], kind, repo)) await fetchFile(file);
    for (const file of weightFiles(files, folder, kind)) await fetchFile(file);
    // Last, so that a reference never leads to a snapshot that this call left half done.
    if (revision !== commit) replaceFile(refFile(repoFolder(cacheDir, repo), revision), [commit]);
    return folder;
  } catch (error) {
    request.signal?.throwIfAborted();
    throw error;
  }
}

async function list({ library, access, explain }: Hub, { repo, revision }: HubRequest): Promise<Listing> {
  try {
    const { sha } = await library.modelInfo({ name: repo, revision, additionalFields: ["sha"], ...access });
    if (!/^[0-9a-f]{40}$/.test(sha)) throw new FileFormatError(repo, `the hub gave no commit for ${revision}`);
    const files = new Map<string, ListFileEntry>();
    for await (const entry of library.listFiles({ repo, revision: sha, ...access })) {
      if (entry.type === "file") files.set(entry.path, entry);
    }
    return { commit: sha, files };
  } catch (cause) {
    throw explain(cause);
  }
}

/** Everything but weights: what the loader and the tokenizer read. */
function smallFiles(names: readonly string[], kind: RepoKind, repo: string): string[] {
  const config = kind === "model" ? "config.json" : "adapter_config.json";
  if (!names.includes(config))
    throw new NotFoundError(repo, `repository ${repo} has no ${config}: it is not a ${kind} of the expected form`);
  const weights = kind === "model" ? [singleWeights, weightsIndex] : ["adapter_model.safetensors"];
  if (!weights.some((file) => names.includes(file))) {
    const advice = names.some((name) => /\.(bin|pt|pth)$/.test(name))
      ? `; its pickled weights are never loaded. Save it as safetensors: ${howToConvert}`
      : "";
    throw new NotFoundError(repo, `repository ${repo} has no ${weights.join(" or ")}${advice}`);
  }
  if (kind === "adapter") return [config];
  const needed = /^(config\.json|generation_config\.json|tokenizer[\w.-]*\.json|special_tokens_map\.json|chat_template[\w.-]*)$/;
  const index = names.includes(singleWeights) ? [] : [weightsIndex];
  return [...names.filter((name) => needed.test(name)), ...index];
}

function weightFiles(files: ReadonlyMap<string, unknown>, folder: string, kind: RepoKind): string[] {
  if (kind === "adapter") return ["adapter_model.safetensors"];
  return files.has(singleWeights) ? [singleWeights] : [...readWeightsIndex(path.join(folder, weightsIndex)).keys()];
}

function accessOf(signal: AbortSignal | undefined): Hub["access"] {
  const hubUrl = process.env.HF_ENDPOINT?.replace(/\/+$/, "");
  const accessToken = process.env.HF_TOKEN?.trim();
  if (accessToken && !accessToken.startsWith("hf_")) throw new OptionError("HF_TOKEN", "(not shown)", "a token that starts with hf_");
  return {
    fetch: (url, init) => fetch(url, { ...init, ...(signal && { signal }) }),
    ...(hubUrl && { hubUrl }),
    ...(accessToken && { accessToken }),
  };
}

async function downloadFile(hub: Hub, request: HubRequest, entry: ListFileEntry, commit: string, folder: string): Promise<void> {
  const { path: file, size: total } = entry;
  const link = path.join(folder, file);
  if (fs.existsSync(link)) return;
  const oid = entry.lfs?.oid ?? entry.oid ?? "";
  if (!/^[0-9a-f]{40}([0-9a-f]{24})?$/.test(oid)) throw new FileFormatError(file, `the hub gave no checksum for it (${printable(oid)})`);
  if (!Number.isSafeInteger(total) || total < 0) throw new FileFormatError(file, "the hub gave no size for it");
  const blob = path.join(repoFolder(request.cacheDir, request.repo), "blobs", oid);
  if (!fs.existsSync(blob)) {
    fs.mkdirSync(path.dirname(blob), { recursive: true });
    const incomplete = `${blob}.incomplete`;
    const { library, access, explain } = hub;
    const open = async () => {
      // Not through xet: plain ranges can be resumed from any byte.
      const remote = await library.downloadFile({ repo: request.repo, path: file, revision: commit, xet: false, ...access });
      if (!remote) throw new NotFoundError(request.repo, `the hub lists ${file} of ${request.repo} but does not give it`);
      return remote;
    };
    await transfer({ file, total, open, explain }, incomplete, request);
    const got = await checksum(incomplete, total, oid.length === 64, request.signal);
    if (got !== oid) {
      fs.rmSync(incomplete);
      throw new FileFormatError(
        incomplete,
        `what arrived for ${file} has checksum ${got}; the hub announced ${oid}. It was removed; run again`,
      );
    }
    fs.renameSync(incomplete, blob);
  }
  fs.mkdirSync(folder, { recursive: true });
  place(blob, link);
}

/** Links relative to the snapshot, so that the cache can be moved. Where links are forbidden (Windows) the file itself is put there. */
function place(blob: string, link: string): void {
  fs.rmSync(link, { force: true });
  try {
    fs.symlinkSync(path.relative(path.dirname(link), blob), link);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EEXIST") return;
    if (code !== "EPERM" && code !== "ENOSYS" && code !== "ENOTSUP") throw error;
    fs.copyFileSync(blob, link);
  }
}

const running = new Map<string, Promise<void>>();

/** One task a key at a time in this process: two engines that ask for the same model must not write one file together. */
async function exclusively(key: string, task: () => Promise<void>): Promise<void> {
  const previous = running.get(key);
  const mine = (previous ?? Promise.resolve()).catch(() => {}).then(task);
  running.set(key, mine);
  try {
    await mine;
  } finally {
    if (running.get(key) === mine) running.delete(key);
  }
}

function explained(library: Hub["library"], cause: unknown, repo: string, advice: string): unknown {
  if (cause instanceof NeuronbookError) return cause;
  if (!(cause instanceof library.HubApiError)) {
    const endpoint = process.env.HF_ENDPOINT ?? "the hub";
    const why = `${endpoint} could not be reached or was not understood: ${printable(String(cause))}`;
    return new NotFoundError(repo, `${why}. ${advice}`, { cause });
  }
  const { statusCode, message } = cause;
  const why = [401, 403, 404].includes(statusCode)
    ? "does not exist, has no such revision, or may not be read without a token (HF_TOKEN)"
    : "was refused by the hub";
  return new NotFoundError(repo, `${repo} ${why}: status ${statusCode}, ${printable(message)}. ${advice}`, { cause });
}

/** @file The Hugging Face cache on this machine, in the layout that all Hugging Face tools share (huggingface.co/docs/hub/local-cache). */

import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { OptionError } from "../errors.js";
import { readWeightsIndex, singleWeights, weightsIndex } from "./checkpoint.js";

/** What a repository is fetched for: it decides which files are needed. */
export type RepoKind = "model" | "adapter";

/** Folder of the cache. `HF_HUB_CACHE`, else `HUGGINGFACE_HUB_CACHE`, `HF_HOME`/hub, `XDG_CACHE_HOME`/huggingface/hub, ~/.cache/huggingface/hub. */
export function hubCacheDir(env: NodeJS.ProcessEnv = process.env): string {
  const given = env.HF_HUB_CACHE || env.HUGGINGFACE_HUB_CACHE;
  if (given) return path.resolve(expandHome(given));
  const home = env.HF_HOME || path.join(env.XDG_CACHE_HOME || path.join(os.homedir(), ".cache"), "huggingface");
  return path.resolve(expandHome(home), "hub");
}

/** Whether `HF_HUB_OFFLINE` or `TRANSFORMERS_OFFLINE` forbids the network: 1, ON, YES or TRUE, in any case. */
export function isOffline(env: NodeJS.ProcessEnv = process.env): boolean {
  return [env.HF_HUB_OFFLINE, env.TRANSFORMERS_OFFLINE].some((value) => /^(1|on|yes|true)$/i.test(value ?? ""));
}

/** `org/name` or `name`, as the hub allows it. */
export function isRepoName(name: string): boolean {
  return name.length <= 96 && /^(?!.*(--|\.\.))\w[\w.-]*(\/\w[\w.-]*)?$/.test(name) && !/[.-](\/|$)/.test(name);
}

/** Folder of one repository in a cache, with its `refs`, `snapshots` and `blobs`. */
export function repoFolder(cache: string, repo: string, type: "models" | "datasets" = "models"): string {
  return path.join(cache, `${type}--${repo.replaceAll("/", "--")}`);
}

/** The local snapshot that a branch, tag or commit stands for; undefined when the cache has none. It may be incomplete. */
export function snapshotFolder(cache: string, repo: string, revision: string, type: "models" | "datasets" = "models"): string | undefined {
  const folder = repoFolder(cache, repo, type);
  const commits = [refOf(folder, revision), revision].filter((commit) => commit !== undefined && /^[\w-]+$/.test(commit));
  return commits.map((commit) => path.join(folder, "snapshots", commit!)).find((snapshot) => fs.existsSync(snapshot));
}

/** Files that a snapshot lacks; empty when it can be used. Weights whose index is missing cannot be named one by one. */
export function missingFiles(snapshot: string, kind: RepoKind): string[] {
  const absent = (file: string) => !fs.existsSync(path.join(snapshot, file));
  if (kind === "adapter") return ["adapter_config.json", "adapter_model.safetensors"].filter(absent);
  const missing = ["config.json"].filter(absent);
  if (!absent(singleWeights)) return missing;
  if (absent(weightsIndex)) return [...missing, singleWeights];
  return [...missing, ...[...readWeightsIndex(path.join(snapshot, weightsIndex)).keys()].filter(absent)];
}

/** Where the cache keeps the commit of a branch or tag. */
export function refFile(folder: string, revision: string): string {
  if (!/^[\w.-]+(\/[\w.-]+)*$/.test(revision) || revision.includes("..")) {
    throw new OptionError("revision", revision, "a branch, tag or commit");
  }
  return path.join(folder, "refs", revision);
}

function refOf(folder: string, revision: string): string | undefined {
  const file = refFile(folder, revision);
  const stat = fs.statSync(file, { throwIfNoEntry: false });
  return stat?.isFile() && stat.size < 1000 ? fs.readFileSync(file, "utf8").trim() : undefined;
}

function expandHome(folder: string): string {
  return folder === "~" || folder.startsWith("~/") ? path.join(os.homedir(), folder.slice(1)) : folder;
}

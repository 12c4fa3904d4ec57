/** @file `neuronbook doctor`: what works on this machine, what does not, and what to do about it. */
import os from "node:os";
import path from "node:path";
import type { Command } from "commander";
import type { Engine } from "../engine/engine.js";
import { PROVIDERS, type ProviderStatus } from "../engine/protocol.js";
import { tensorflowStatus } from "../neurons/tensorflow.js";
import { version } from "../version.js";
import { hubCacheDir, isOffline } from "../weights/hub.js";
import { missingFiles, snapshotFolder } from "../weights/hub-cache.js";
import { EXIT } from "./exit-codes.js";
import { installedPackage } from "./installed-packages.js";
import { jupyterChecks } from "./kernel.js";
import { withEngine } from "./models.js";
import { type Outcome, type Run, runs } from "./run.js";
import { examples } from "./run-options.js";

/** The model of the examples and of `start`. */
export const EXAMPLE_MODEL = "HuggingFaceTB/SmolLM2-135M-Instruct";

export interface Check {
  readonly name: string;
  /** `missing`: something optional is not there */
  readonly status: "ok" | "missing" | "failed";
  readonly detail: string;
  /** what to do; absent where there is nothing to do */
  readonly advice?: string;
}

export function doctorCommand(program: Command, run: Run): void {
  const command = program.command("doctor").description("Report what works on this machine and how to get what does not.");
  examples(command, "neuronbook doctor", "neuronbook doctor --json");
  runs(command, run, work);
}

async function work(_options: object, _args: readonly string[], run: Run): Promise<Outcome> {
  return withEngine(undefined, async (engine) => {
    run.progress.phase("trying execution providers");
    const providers: ProviderStatus[] = [];
    for (const provider of PROVIDERS) {
      run.signal.throwIfAborted();
      providers.push(await engine.probe(provider).catch((error: Error) => ({ provider, works: false, reason: error.message })));
    }
    run.progress.phase("loading TensorFlow.js");
    const checks = [
      nodeCheck(),
      { name: "neuronbook", status: "ok", detail: version } as const,
      runtimeCheck(),
      machineCheck(engine),
      ...providers.map(providerCheck),
      await tensorflowCheck(),
      cacheCheck(),
      modelCheck(),
      ...jupyterChecks(),
    ];
    const ok = checks.every(({ status }) => status !== "failed");
    return { json: { ok, checks }, text: readable(checks, ok), exitCode: ok ? EXIT.good : EXIT.failed };
  });
}

function nodeCheck(): Check {
  const [major, minor] = process.versions.node.split(".").map(Number);
  const detail = `${process.version} on ${process.platform} ${process.arch}`;
  if (major > 20 || (major === 20 && minor >= 19)) return { name: "Node", status: "ok", detail };
  return { name: "Node", status: "failed", detail, advice: "install Node 20.19 or later" };
}

/** transformers.js brings ONNX Runtime too; two copies in one process would be two native libraries. */
function runtimeCheck(): Check {
  const name = "ONNX Runtime";
  const ours = installedPackage("onnxruntime-node");
  if (ours === undefined)
    return { name, status: "failed", detail: "onnxruntime-node is not installed", advice: "install neuronbook's dependencies again" };
  const transformers = installedPackage("@huggingface/transformers");
  const wanted = transformers?.dependencies["onnxruntime-node"];
  const theirs = transformers && installedPackage("onnxruntime-node", path.join(transformers.folder, "package.json"));
  const detail = `onnxruntime-node ${ours.version}`;
  if (transformers === undefined)
    return {
      name,
      status: "missing",
      detail: `${detail}; @huggingface/transformers is not installed, so there are no tokenizers`,
      advice: "install neuronbook's dependencies again",
    };
  if (theirs?.folder === ours.folder)
    return { name, status: "ok", detail: `${detail}, the one that @huggingface/transformers ${transformers.version} uses` };
  return {
    name,
    status: "missing",
    detail: `${detail}; @huggingface/transformers ${transformers.version} wants ${wanted} and has ${theirs?.version ?? "none"}`,
    advice: `let both agree: npm install onnxruntime-node@${wanted}`,
  };
}

function machineCheck({ threads }: Engine): Check {
  const gib = (bytes: number) => `${(bytes / 2 ** 30).toFixed(1)} GiB`;
  const detail = `${threads} threads, ${gib(os.totalmem())} memory, ${gib(os.freemem())} free`;
  return { name: "machine", status: "ok", detail };
}

function providerCheck({ provider, works, reason }: ProviderStatus): Check {
  const name = `provider ${provider}`;
  if (works) return { name, status: "ok", detail: "works" };
  return { name, status: provider === "cpu" ? "failed" : "missing", detail: reason ?? "does not work" };
}

async function tensorflowCheck(): Promise<Check> {
  const name = "TensorFlow.js";
  try {
    const { package: from, backend, version, advice } = await tensorflowStatus();
    return { name, status: "ok", detail: `${from} ${version}, backend ${backend}`, ...(advice && { advice }) };
  } catch (error) {
    return { name, status: "missing", detail: (error as Error).message };
  }
}

function cacheCheck(): Check {
  const offline = isOffline() ? "HF_HUB_OFFLINE is set: nothing is downloaded" : "models that are not there are downloaded";
  return { name: "model cache", status: "ok", detail: `${hubCacheDir()}; ${offline}` };
}

function modelCheck(): Check {
  const name = "example model";
  const snapshot = snapshotFolder(hubCacheDir(), EXAMPLE_MODEL, "main");
  const missing = snapshot === undefined ? undefined : missingFiles(snapshot, "model");
  if (missing?.length === 0) return { name, status: "ok", detail: `${EXAMPLE_MODEL} is in the cache` };
  return {
    name,
    status: "missing",
    detail: `${EXAMPLE_MODEL} is not in the cache${missing ? `, or not whole: ${missing.slice(0, 3).join(", ")}` : ""}`,
    advice: `run \`neuronbook inspect ${EXAMPLE_MODEL}\` once with network, or \`hf download ${EXAMPLE_MODEL}\`, or set HF_HOME to the folder whose hub/ has it`,
  };
}

function readable(checks: readonly Check[], ok: boolean): string {
  const width = Math.max(...checks.map(({ name }) => name.length));
  const lines = checks.flatMap(({ name, status, detail, advice }) => [
    `${status.padEnd(7)}  ${name.padEnd(width)}  ${detail}`,
    ...(advice === undefined ? [] : [`${" ".repeat(width + 11)}${advice}`]),
  ]);
  return [...lines, "", ok ? "neuronbook works here." : "neuronbook does not work here: see what failed above."].join("\n");
}

/** @file Worker side: does an execution provider work on this machine? Found out by running a tiny graph on it. */
import fs from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import * as ort from "onnxruntime-node";
import { add, compile, input } from "../graph/index.js";
import type { Provider, ProviderStatus } from "./protocol.js";

export async function probeProvider(provider: Provider): Promise<ProviderStatus> {
  const missing = missingLibrary(provider);
  if (missing) return { provider, works: false, reason: missing };
  const x = input("x", "float32", ["n"]);
  try {
    const session = await ort.InferenceSession.create(compile({ y: add(x, 1) }).bytes, {
      executionProviders: [provider],
      logSeverityLevel: 4,
    });
    const { y } = await session.run({ x: new ort.Tensor("float32", Float32Array.of(1), [1]) });
    await session.release();
    const got = (await y.getData())[0];
    return got === 2 ? { provider, works: true } : { provider, works: false, reason: `1 + 1 gave ${got}` };
  } catch (error) {
    return { provider, works: false, reason: error instanceof Error ? error.message.split("\n")[0] : String(error) };
  }
}

/** The runtime writes to the terminal when a library is missing, so look first. */
function missingLibrary(provider: Provider): string | undefined {
  if (process.platform !== "linux") return undefined;
  if (provider === "cuda") {
    const entry = createRequire(import.meta.url).resolve("onnxruntime-node");
    const folder = path.join(path.dirname(entry), "..", "bin", "napi-v6", "linux", process.arch);
    const library = "libonnxruntime_providers_cuda.so";
    if (!fs.existsSync(path.join(folder, library)))
      return `${library} is not installed; reinstall onnxruntime-node with ONNXRUNTIME_NODE_INSTALL=cuda12 in the environment`;
  }
  if (provider === "webgpu") {
    const folders = [
      "/usr/lib",
      "/usr/lib64",
      "/usr/local/lib",
      "/lib64",
      `/usr/lib/${process.arch === "arm64" ? "aarch64" : "x86_64"}-linux-gnu`,
    ];
    const searched = [...(process.env.LD_LIBRARY_PATH ?? "").split(":").filter(Boolean), ...folders];
    if (!searched.some((folder) => fs.existsSync(path.join(folder, "libvulkan.so.1"))))
      return "libvulkan.so.1 is not installed; install a Vulkan loader and a driver";
  }
  return undefined;
}

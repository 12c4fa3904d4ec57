import { spawnSync } from "node:child_process";

/** Runs npm quietly; throws with its output when it fails. ONNX Runtime's own download is skipped, as the README says to. */
export function npm(args: readonly string[], cwd: string): string {
  const env = { ...process.env, ONNXRUNTIME_NODE_INSTALL: "skip", npm_config_audit: "false", npm_config_fund: "false" };
  const { status, stdout, stderr, error } = spawnSync("npm", args, { cwd, env, encoding: "utf8", shell: process.platform === "win32" });
  if (error || status !== 0) throw new Error(`npm ${args.join(" ")}: ${error?.message ?? `${stdout}\n${stderr}`}`);
  return stdout;
}

/** Does the registry answer? Decides whether tests that install packages can run. */
export function registryAnswers(): boolean {
  const args = ["view", "uvu", "version", "--fetch-retries=0", "--fetch-timeout=10000"];
  return spawnSync("npm", args, { encoding: "utf8", shell: process.platform === "win32" }).status === 0;
}

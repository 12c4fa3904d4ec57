// Makes a fresh clone ready: installs the locked packages when they are missing or older than the lock file, then compiles.
// Needs Node alone. ONNX Runtime's install step would download CUDA libraries; it is skipped unless the caller asked for them.
import { spawnSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const [major, minor] = process.versions.node.split(".").map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  console.error(`neuronbook needs Node 20.19 or later; this is ${process.version}`);
  process.exit(2);
}

const installed = path.join(root, "node_modules", ".package-lock.json");
const lock = path.join(root, "package-lock.json");
const mtime = (file) => (fs.existsSync(file) ? fs.statSync(file).mtimeMs : 0);
if (mtime(installed) < mtime(lock)) {
  console.error("neuronbook: installing packages (once, about a minute)");
  run("npm", ["ci", "--no-audit", "--no-fund"], { ONNXRUNTIME_NODE_INSTALL: process.env.ONNXRUNTIME_NODE_INSTALL ?? "skip" });
  fs.utimesSync(installed, new Date(), new Date());
}
run(process.execPath, [path.join(root, "scripts", "build.mjs")]);

function run(command, args, env = {}) {
  const { status, error } = spawnSync(command, args, {
    cwd: root,
    stdio: ["ignore", 2, 2],
    env: { ...process.env, ...env },
    shell: process.platform === "win32" && command === "npm",
  });
  if (error) console.error(`neuronbook: could not run ${command}: ${error.message}`);
  if (status !== 0) process.exit(status ?? 1);
}

// Compiles src, kernel, test and bench into dist/ (incremental), then JupyterLab's plugin, which runs in a browser, and removes what no
// longer has a source.
import { spawnSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
for (const folder of ["src", "kernel", "test", "bench"]) sweep(path.join(root, "dist", folder), path.join(root, folder));
const tsc = path.join(root, "node_modules", "typescript", "bin", "tsc");
for (const project of [root, path.join(root, "kernel", "labextension", "plugin")]) {
  const { status } = spawnSync(process.execPath, [tsc, "-p", project], { stdio: ["ignore", 2, 2] });
  if (status !== 0) process.exit(status ?? 1);
}
const bin = path.join(root, "dist", "src", "cli", "main.js");
if (fs.existsSync(bin)) fs.chmodSync(bin, 0o755);

function sweep(built, source) {
  if (!fs.existsSync(built)) return;
  for (const entry of fs.readdirSync(built, { withFileTypes: true })) {
    const file = path.join(built, entry.name);
    if (entry.isDirectory()) sweep(file, path.join(source, entry.name));
    else if (!fs.existsSync(path.join(source, entry.name.replace(/\.(d\.ts|js)$/, ".ts")))) fs.rmSync(file);
  }
}

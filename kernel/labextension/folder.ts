/** @file JupyterLab's plugin as a folder among a Jupyter data folder's `labextensions`: written, removed and checked without Python. */
import { createHash } from "node:crypto";
import fs from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { NotFoundError } from "../../src/errors.js";
import { version } from "../../src/version.js";
import { replaceFile } from "../../src/weights/replace-file.js";
import { jupyterFolders } from "../jupyter-folders.js";

/** JupyterLab's name for it, and the key under which remote-entry.ts leaves its container. */
export const LABEXTENSION = "neuronbook";

const BUILT = fileURLToPath(new URL("./plugin/", import.meta.url));

export const labextensionFolder = (data: string): string => path.join(data, "labextensions", LABEXTENSION);

/** @returns the folder written; one that is there is replaced @throws NotFoundError where neuronbook's own files are missing */
export function installLabextension(data: string): string {
  const folder = labextensionFolder(data);
  const files = pluginFiles();
  const statics = path.join(folder, "static");
  const name = digest(files);
  for (const [file, bytes] of files) replaceFile(path.join(statics, name, file), [bytes]);
  const install = { packageManager: "npm", packageName: "neuronbook", uninstallInstructions: "neuronbook uninstall" };
  replaceFile(path.join(folder, "install.json"), [`${JSON.stringify(install, null, 2)}\n`]);
  // last: it is what makes JupyterLab see the rest
  replaceFile(path.join(folder, "package.json"), [`${JSON.stringify(manifest(name), null, 2)}\n`]);
  for (const other of fs.readdirSync(statics)) if (other !== name) fs.rmSync(path.join(statics, other), { recursive: true });
  return folder;
}

/** @returns the folder removed; undefined where none was */
export function uninstallLabextension(data: string): string | undefined {
  const folder = labextensionFolder(data);
  if (!fs.existsSync(folder)) return undefined;
  fs.rmSync(folder, { recursive: true });
  return folder;
}

export interface InstalledLabextension {
  readonly folder: string;
  /** why it would not work, or is not this version; undefined where all is well */
  readonly problem: string | undefined;
}

/** Plugins of this name in the folders that Jupyter looks into. */
export function installedLabextensions(): InstalledLabextension[] {
  return jupyterFolders()
    .map(labextensionFolder)
    .flatMap((folder) => (fs.existsSync(folder) ? [{ folder, problem: problemOf(folder) }] : []));
}

function problemOf(folder: string): string | undefined {
  let found: { version?: unknown; jupyterlab?: { _build?: { load?: unknown } } };
  try {
    found = JSON.parse(fs.readFileSync(path.join(folder, "package.json"), "utf8"));
  } catch (error) {
    return `package.json cannot be read: ${(error as Error).message}`;
  }
  if (found.version !== version) return `it is version ${found.version}, and this is neuronbook ${version}`;
  const files = pluginFiles();
  const name = digest(files);
  if (found.jupyterlab?._build?.load !== entry(name)) return "it was built from other files than this neuronbook's";
  for (const [file, bytes] of files) {
    const stats = fs.statSync(path.join(folder, "static", name, file), { throwIfNoEntry: false });
    if (stats === undefined) return `static/${name}/${file} is gone`;
    if (stats.size !== bytes.byteLength) return `static/${name}/${file} has ${stats.size} bytes instead of ${bytes.byteLength}`;
  }
  return undefined;
}

/** The name of the files' folder changes with them, since browsers may keep what they have once loaded. */
const entry = (name: string): string => `static/${name}/remote-entry.js`;

const manifest = (name: string): object => ({
  name: LABEXTENSION,
  version,
  description: "Plotly figures and the neuron view of neuronbook",
  license: "MIT",
  jupyterlab: {
    extension: true,
    mimeExtension: true,
    _build: { load: entry(name), extension: "./extension", mimeExtension: "./mimeExtension" },
  },
});

/** What the browser loads: the plugin's modules, and plotly.js from its package. */
function pluginFiles(): Map<string, Uint8Array> {
  const modules = fs.existsSync(BUILT) ? fs.readdirSync(BUILT, { recursive: true, encoding: "utf8" }) : [];
  const scripts = modules.filter((file) => file.endsWith(".js")).sort();
  if (!scripts.includes("remote-entry.js"))
    throw new NotFoundError(BUILT, `${BUILT} has no plugin: install neuronbook again, or in a clone \`npm run build\``);
  const files = new Map<string, Uint8Array>(
    scripts.map((file) => [file.replaceAll(path.sep, "/"), fs.readFileSync(path.join(BUILT, file))]),
  );
  return files.set("plotly.js", fs.readFileSync(plotlyFile()));
}

function plotlyFile(): string {
  try {
    return createRequire(import.meta.url).resolve("plotly.js-dist");
  } catch (error) {
    throw new NotFoundError("plotly.js-dist", "plotly.js-dist is not installed: install neuronbook's dependencies again", { cause: error });
  }
}

function digest(files: ReadonlyMap<string, Uint8Array>): string {
  const hash = createHash("sha256");
  for (const [name, bytes] of files) hash.update(`${name}\0${bytes.byteLength}\0`).update(bytes);
  return hash.digest("hex").slice(0, 16);
}

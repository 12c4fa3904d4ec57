/** @file The one place where the library reaches the notebook kernel: the commands that install and drive it. */
export { bundleCommand, verifyCommand } from "../../kernel/bundle/commands.js";
export {
  exportCommand,
  installCommand,
  jupyterChecks,
  packageNotebooks,
  runCommand,
  runNotebookFile,
  runReport,
  uninstallCommand,
} from "../../kernel/commands.js";
export { labCommand } from "../../kernel/lab/command.js";
export type { Notebook } from "../../kernel/notebook/format.js";

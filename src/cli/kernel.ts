/** @file The one place where the library reaches the notebook kernel: the commands that install and drive it. */
export { installCommand, jupyterChecks, runCommand, uninstallCommand } from "../../kernel/commands.js";
export { labCommand } from "../../kernel/lab/command.js";

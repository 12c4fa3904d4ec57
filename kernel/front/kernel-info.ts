/** @file What the kernel says of itself. */
import { version } from "../../src/version.js";
import { thisMachine } from "../notebook/machine.js";
import { type Fields, PROTOCOL_VERSION } from "../protocol/messages.js";

export function kernelInfo(): Fields {
  const machine = thisMachine();
  const { typescript } = machine;
  return {
    status: "ok",
    protocol_version: PROTOCOL_VERSION,
    implementation: "neuronbook",
    implementation_version: version,
    language_info: {
      name: "typescript",
      version: typescript,
      mimetype: "text/typescript",
      file_extension: ".ts",
      pygments_lexer: "typescript",
      codemirror_mode: { name: "javascript", typescript: true },
      nbconvert_exporter: "script",
      // front ends keep all of it in the notebook's metadata
      neuronbook: machine,
    },
    banner: `neuronbook ${version}: TypeScript ${typescript} on Node ${process.version}`,
    debugger: false,
    help_links: [
      { text: "TypeScript", url: "https://www.typescriptlang.org/docs/" },
      { text: "Node.js", url: "https://nodejs.org/docs/latest/api/" },
    ],
  };
}

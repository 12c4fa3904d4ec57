/** @file What the kernel says of itself. */
import fs from "node:fs";
import { createRequire } from "node:module";
import { version } from "../../src/version.js";
import { type Fields, PROTOCOL_VERSION } from "../protocol/messages.js";

export function kernelInfo(): Fields {
  // read from its package: loading the compiler would delay the first answer
  const typescript = JSON.parse(fs.readFileSync(createRequire(import.meta.url).resolve("typescript/package.json"), "utf8"))
    .version as string;
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
    },
    banner: `neuronbook ${version}: TypeScript ${typescript} on Node ${process.version}`,
    debugger: false,
    help_links: [
      { text: "TypeScript", url: "https://www.typescriptlang.org/docs/" },
      { text: "Node.js", url: "https://nodejs.org/docs/latest/api/" },
    ],
  };
}

/** @file What the thing at the cursor is: its type and its documentation, or the signature of the call around the cursor. */
import ts from "typescript";
import { documentation } from "./documentation.js";
import type { NotebookService } from "./service.js";

/** @returns plain text and Markdown; undefined where there is nothing to say */
export function inspect(notebook: NotebookService, code: string, cursor: number): { text: string; markdown: string } | undefined {
  const draft = notebook.cells.draft(code);
  const service = notebook.open(draft);
  const documented = (at: number) =>
    documentation(service.getProgram()!, service.getDefinitionAtPosition(notebook.file, at) as readonly ts.DefinitionInfo[] | undefined);
  for (const at of [cursor, cursor - 1].filter((one) => one >= 0).map((one) => one + draft.offset)) {
    const info = service.getQuickInfoAtPosition(notebook.file, at);
    if (info !== undefined) return described(ts.displayPartsToString(info.displayParts), documented(info.textSpan.start));
  }
  const call = service.getSignatureHelpItems(notebook.file, cursor + draft.offset, {});
  if (call === undefined) return undefined;
  const signatures = call.items.map(({ prefixDisplayParts, parameters, separatorDisplayParts, suffixDisplayParts }) =>
    [
      ts.displayPartsToString(prefixDisplayParts),
      parameters.map(({ displayParts }) => ts.displayPartsToString(displayParts)).join(ts.displayPartsToString(separatorDisplayParts)),
      ts.displayPartsToString(suffixDisplayParts),
    ].join(""),
  );
  // before the bracket that opens the arguments stands the last letter of what is called
  return described(signatures.join("\n"), documented(call.applicableSpan.start - 2));
}

function described(signature: string, prose: readonly string[]): { text: string; markdown: string } {
  return {
    text: [signature, ...prose].join("\n\n"),
    markdown: [`\`\`\`typescript\n${signature}\n\`\`\``, ...prose].join("\n\n"),
  };
}

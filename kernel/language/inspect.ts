/** @file What the thing at the cursor is: its type and its documentation, or the signature of the call around the cursor. */
import ts from "typescript";
import type { NotebookService } from "./service.js";

/** @returns plain text and Markdown; undefined where there is nothing to say */
export function inspect(notebook: NotebookService, code: string, cursor: number): { text: string; markdown: string } | undefined {
  const draft = notebook.cells.draft(code);
  const service = notebook.open(draft);
  const info = [cursor, cursor - 1]
    .map((at) => (at < 0 ? undefined : service.getQuickInfoAtPosition(notebook.file, at + draft.offset)))
    .find(Boolean);
  if (info !== undefined) return described(ts.displayPartsToString(info.displayParts), info.documentation, info.tags);
  const call = service.getSignatureHelpItems(notebook.file, cursor + draft.offset, {});
  if (call === undefined) return undefined;
  const signatures = call.items.map(({ prefixDisplayParts, parameters, separatorDisplayParts, suffixDisplayParts }) =>
    [
      ts.displayPartsToString(prefixDisplayParts),
      parameters.map(({ displayParts }) => ts.displayPartsToString(displayParts)).join(ts.displayPartsToString(separatorDisplayParts)),
      ts.displayPartsToString(suffixDisplayParts),
    ].join(""),
  );
  return described(signatures.join("\n"), call.items[call.selectedItemIndex]?.documentation, call.items[call.selectedItemIndex]?.tags);
}

function described(
  signature: string,
  documentation: ts.SymbolDisplayPart[] = [],
  tags: ts.JSDocTagInfo[] = [],
): { text: string; markdown: string } {
  const prose = [
    ts.displayPartsToString(documentation),
    ...tags.map(({ name, text }) => `@${name} ${ts.displayPartsToString(text)}`.trim()),
  ].filter((part) => part !== "");
  return {
    text: [signature, ...prose].join("\n\n"),
    markdown: [`\`\`\`typescript\n${signature}\n\`\`\``, ...prose].join("\n\n"),
  };
}

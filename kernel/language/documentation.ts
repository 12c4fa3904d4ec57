/**
 * @file Documentation of what a name means. The notebook's program is parsed without comments, which would take a third longer; the few that
 * are asked for are read from the file of the declaration.
 */
import ts from "typescript";

/** Comment and tags of the declarations, one part each. */
export function documentation(program: ts.Program, definitions: readonly ts.DefinitionInfo[] | undefined): string[] {
  const seen = new Set<string>();
  for (const { fileName, textSpan } of definitions ?? []) {
    const parsed = program.getSourceFile(fileName);
    if (parsed === undefined) continue;
    const source = ts.createSourceFile(fileName, parsed.text, { languageVersion: ts.ScriptTarget.Latest }, true);
    for (const part of declarationAt(source, textSpan.start).flatMap(commentsOf)) seen.add(part);
  }
  return [...seen];
}

/** The declaration whose name stands there; none for a whole module. */
function declarationAt(source: ts.SourceFile, start: number): ts.Node[] {
  const found = (node: ts.Node): ts.Node | undefined => {
    if (start < node.getFullStart() || start >= node.getEnd()) return undefined;
    const { name } = node as ts.Node & { readonly name?: ts.Node };
    if (name !== undefined && name.getStart(source) === start) return node;
    return ts.forEachChild(node, found) ?? (ts.isConstructorDeclaration(node) && node.getStart(source) === start ? node : undefined);
  };
  const node = found(source);
  return node === undefined ? [] : [node];
}

function commentsOf(node: ts.Node): string[] {
  return ts.getJSDocCommentsAndTags(node).flatMap((part) => {
    if (!ts.isJSDoc(part)) return [tagText(part)];
    return [textOf(part.comment), ...(part.tags ?? []).map(tagText)].filter((text) => text !== "");
  });
}

function tagText(tag: ts.JSDocTag): string {
  const name = ts.isJSDocParameterTag(tag) || ts.isJSDocPropertyTag(tag) ? `${tag.name.getText()} ` : "";
  return `@${tag.tagName.text} ${name}${textOf(tag.comment)}`.trim();
}

const textOf = (comment: string | ts.NodeArray<ts.JSDocComment> | undefined): string => ts.getTextOfJSDocComment(comment) ?? "";

/** @file A cell's imports as dynamic ones, whose values live in `$cells`. */
import ts from "typescript";
import type { ExpressionRewriter } from "./rewrite-expressions.js";
import { assign, awaited, shared } from "./rewrite-nodes.js";

const { factory: f } = ts;

export function importStatements(
  statement: ts.ImportDeclaration,
  checker: ts.TypeChecker,
  expressions: ExpressionRewriter,
): ts.Statement[] {
  const { importClause: clause, moduleSpecifier, attributes } = statement;
  if (clause?.isTypeOnly) return [];
  const values = clause === undefined ? [] : importedValues(clause, checker);
  if (clause !== undefined && values.length === 0) return [];
  const at = <N extends ts.Statement>(made: N): N => ts.setTextRange(ts.setOriginalNode(made, statement), statement);
  const load = awaited(expressions.load(moduleSpecifier, attributes));
  if (values.length === 0) return [at(f.createExpressionStatement(load))];
  const module = f.createUniqueName("module");
  const made = f.createVariableStatement(
    undefined,
    f.createVariableDeclarationList([f.createVariableDeclaration(module, undefined, undefined, load)], ts.NodeFlags.Const),
  );
  return [
    at(made),
    ...values.map(([name, from]) =>
      at(assign(shared(name), from === undefined ? module : f.createElementAccessExpression(module, f.createStringLiteral(from)))),
    ),
  ];
}

/** Local name and name in the module; types are left out, unknown things are taken for values. */
function importedValues({ name, namedBindings }: ts.ImportClause, checker: ts.TypeChecker): [ts.Identifier, string | undefined][] {
  const found: [ts.Identifier, string | undefined][] = [];
  const isValue = (identifier: ts.Identifier) => {
    const symbol = checker.getSymbolAtLocation(identifier);
    if (symbol === undefined) return true;
    const { flags } = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
    return (flags & (ts.SymbolFlags.Type | ts.SymbolFlags.Namespace)) === 0 || (flags & ts.SymbolFlags.Value) !== 0;
  };
  if (name !== undefined && isValue(name)) found.push([name, "default"]);
  if (namedBindings === undefined) return found;
  if (ts.isNamespaceImport(namedBindings)) return [...found, [namedBindings.name, undefined]];
  for (const one of namedBindings.elements)
    if (!one.isTypeOnly && isValue(one.name)) found.push([one.name, (one.propertyName ?? one.name).text]);
  return found;
}
